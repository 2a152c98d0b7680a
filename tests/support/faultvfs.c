#include "tests/support/faultvfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* What an operation does, as a bit for each kind that meets it. */
enum does {
    READS = 1 << FAULTVFS_IO,
    GROWS = 1 << FAULTVFS_IO | 1 << FAULTVFS_FULL | 1 << FAULTVFS_READ_ONLY,
    WRITES = GROWS | 1 << FAULTVFS_SHORT,
    /* SQLITE_READONLY of a mapping is no refusal: it says that what was mapped may be read. */
    MAPS = 1 << FAULTVFS_IO | 1 << FAULTVFS_FULL,
    SYNCS = 1 << FAULTVFS_IO | 1 << FAULTVFS_SYNC,
};

static struct {
    atomic_int         kind;
    atomic_ullong      at, counted, failed;
    atomic_bool        stays, no_sync;
    atomic_uint        read_us;
    sqlite3_vfs        vfs, *below;
    sqlite3_io_methods io;
} fault;

/* Our file with the system's behind it, in the memory that SQLite gave. */
struct file {
    sqlite3_file  base;
    sqlite3_file *below;
};

const char *
faultvfs_text(enum faultvfs_kind kind)
{
    static const char *const text[FAULTVFS_KINDS] = {
        "none",          "an I/O error",     "a full disk",
        "a short write", "a read-only disk", "a failing fsync"};

    return text[kind];
}

void
faultvfs_plan(enum faultvfs_kind kind, uint64_t at, bool stays)
{
    fault.kind = FAULTVFS_NONE;
    fault.at = at;
    fault.stays = stays;
    fault.counted = fault.failed = 0;
    fault.kind = (int)kind;
}

void
faultvfs_heal(void)
{
    faultvfs_plan(FAULTVFS_NONE, 0, false);
}

uint64_t
faultvfs_counted(void)
{
    return fault.counted;
}

uint64_t
faultvfs_failed(void)
{
    return fault.failed;
}

void
faultvfs_skip_sync(void)
{
    fault.no_sync = true;
}

void
faultvfs_slow_reads(unsigned microseconds)
{
    fault.read_us = microseconds;
}

/* Whether this operation is to fail. */
static bool
due(enum does does)
{
    int      kind = fault.kind;
    uint64_t n;

    if (!((int)does >> (kind == FAULTVFS_NONE ? FAULTVFS_IO : kind) & 1))
        return false;
    n = atomic_fetch_add(&fault.counted, 1) + 1;
    if (kind == FAULTVFS_NONE || n < fault.at || (n > fault.at && !fault.stays))
        return false;
    fault.failed++;
    return true;
}

static int
code(int of_io)
{
    switch ((enum faultvfs_kind)fault.kind) {
    case FAULTVFS_FULL:
    case FAULTVFS_SHORT:
        return SQLITE_FULL;
    case FAULTVFS_READ_ONLY:
        return SQLITE_READONLY;
    case FAULTVFS_NONE:
    case FAULTVFS_IO:
    case FAULTVFS_SYNC:
    case FAULTVFS_KINDS:
        break;
    }
    return of_io;
}

#define BELOW(f_) (((struct file *)(f_))->below)
#define CALL(f_, method, ...) BELOW(f_)->pMethods->method(BELOW(f_), ##__VA_ARGS__)

static int
on_close(sqlite3_file *f)
{
    return CALL(f, xClose);
}

static int
on_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    if (fault.read_us)
        usleep(fault.read_us);
    return due(READS) ? code(SQLITE_IOERR_READ) : CALL(f, xRead, to, n, at);
}

static int
on_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    if (!due(WRITES))
        return CALL(f, xWrite, from, n, at);
    if (fault.kind == FAULTVFS_SHORT)
        (void)CALL(f, xWrite, from, n / 2, at);
    return code(SQLITE_IOERR_WRITE);
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
    return due(GROWS) ? code(SQLITE_IOERR_TRUNCATE) : CALL(f, xTruncate, bytes);
}

static int
on_sync(sqlite3_file *f, int flags)
{
    if (due(SYNCS))
        return code(SQLITE_IOERR_FSYNC);
    return fault.no_sync ? SQLITE_OK : CALL(f, xSync, flags);
}

static int
on_size(sqlite3_file *f, sqlite3_int64 *bytes)
{
    return due(READS) ? code(SQLITE_IOERR_FSTAT) : CALL(f, xFileSize, bytes);
}

static int
on_lock(sqlite3_file *f, int level)
{
    return due(READS) ? code(SQLITE_IOERR_LOCK) : CALL(f, xLock, level);
}

/* What gives back never fails: SQLite does not look. */
static int
on_unlock(sqlite3_file *f, int level)
{
    return CALL(f, xUnlock, level);
}

static int
on_reserved(sqlite3_file *f, int *out)
{
    return CALL(f, xCheckReservedLock, out);
}

static int
on_control(sqlite3_file *f, int op, void *arg)
{
    return CALL(f, xFileControl, op, arg);
}

static int
on_sector(sqlite3_file *f)
{
    return CALL(f, xSectorSize);
}

static int
on_device(sqlite3_file *f)
{
    return CALL(f, xDeviceCharacteristics);
}

static int
on_shm_map(sqlite3_file *f, int page, int bytes, int extend, void volatile **out)
{
    return due(MAPS) ? code(SQLITE_IOERR_SHMMAP) : CALL(f, xShmMap, page, bytes, extend, out);
}

static int
on_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    if (flags & SQLITE_SHM_LOCK && due(READS))
        return code(SQLITE_IOERR_SHMLOCK);
    return CALL(f, xShmLock, offset, n, flags);
}

static void
on_shm_barrier(sqlite3_file *f)
{
    CALL(f, xShmBarrier);
}

static int
on_shm_unmap(sqlite3_file *f, int remove)
{
    return CALL(f, xShmUnmap, remove);
}

static int
on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *out_flags)
{
    struct file *f = (struct file *)out;
    int          rc;

    (void)vfs;
    f->base.pMethods = NULL;
    f->below = (sqlite3_file *)(f + 1);
    if (due(GROWS))
        return code(SQLITE_CANTOPEN);
    rc = fault.below->xOpen(fault.below, name, f->below, flags, out_flags);
    if (f->below->pMethods)
        f->base.pMethods = &fault.io;
    return rc;
}

static int
on_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    (void)vfs;
    return due(GROWS) ? code(SQLITE_IOERR_DELETE)
                      : fault.below->xDelete(fault.below, name, sync_dir && !fault.no_sync);
}

/* All other methods of the VFS are the system's own. */
void
faultvfs_install(void)
{
    fault.below = sqlite3_vfs_find(NULL);
    fault.vfs = *fault.below;
    fault.vfs.zName = "fault";
    fault.vfs.pNext = NULL;
    fault.vfs.szOsFile = (int)sizeof(struct file) + fault.below->szOsFile;
    fault.vfs.xOpen = on_open;
    fault.vfs.xDelete = on_delete;
    fault.io = (sqlite3_io_methods){.iVersion = 2, /* no mapped pages: they would bypass us */
                                    .xClose = on_close,
                                    .xRead = on_read,
                                    .xWrite = on_write,
                                    .xTruncate = on_truncate,
                                    .xSync = on_sync,
                                    .xFileSize = on_size,
                                    .xLock = on_lock,
                                    .xUnlock = on_unlock,
                                    .xCheckReservedLock = on_reserved,
                                    .xFileControl = on_control,
                                    .xSectorSize = on_sector,
                                    .xDeviceCharacteristics = on_device,
                                    .xShmMap = on_shm_map,
                                    .xShmLock = on_shm_lock,
                                    .xShmBarrier = on_shm_barrier,
                                    .xShmUnmap = on_shm_unmap};
    sqlite3_vfs_register(&fault.vfs, 1);
}
