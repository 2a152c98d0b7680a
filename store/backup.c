#include "store/backup.h"

#include "base/clock.h"
#include "store/database.h"
#include "store/datadir.h"
#include "store/integrity.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGES = 256, BUSY_MS = 10, BUSY_TRIES = 500 };

static void
tell(const struct backup_options *o, const char *what, uint64_t done, uint64_t total)
{
    if (o->progress)
        o->progress(o->ctx, what, done, total);
}

/* Opened by us, so that nobody else ever could read it. */
static enum status
make_part(const char *file, char part[DATADIR_PATH_BYTES], struct err *err)
{
    int n = snprintf(part, DATADIR_PATH_BYTES, "%s.part-%ld", file, (long)getpid());
    int fd;

    if (n < 0 || n >= DATADIR_PATH_BYTES - 16)
        return err_set(err, STATUS_RANGE, "%.200s: the path is too long", file);
    fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, STATUS_IO, "cannot make %.200s: %s", part, strerror(errno));
    close(fd);
    return STATUS_OK;
}

/* Nobody else knows the file and it is synced at the end, so neither a journal nor a sync
 * is needed on the way. */
static enum status
open_part(const char *part, struct sqlite3 **out, struct err *err)
{
    enum status s;

    if (sqlite3_open_v2(part, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        s = database_fail(*out, err, part);
        database_close(*out);
        *out = NULL;
        return s;
    }
    return database_exec(*out, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", err);
}

static enum status
copy_pages(struct sqlite3 *from, struct sqlite3 *to, const struct backup_options *o,
           uint64_t *bytes, struct err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int64_t         page = 0;
    int             rc, busy = 0;
    enum status     s = database_number(from, "PRAGMA page_size", &page, err);

    if (!b)
        return s ? s : database_fail(to, err, "backup");
    do {
        rc = sqlite3_backup_step(b, PAGES);
        *bytes = (uint64_t)sqlite3_backup_pagecount(b) * (uint64_t)page;
        tell(o, "copying", *bytes - (uint64_t)sqlite3_backup_remaining(b) * (uint64_t)page, *bytes);
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
            sqlite3_sleep(BUSY_MS);
            busy++;
        }
    } while (!s && (rc == SQLITE_OK ||
                    ((rc == SQLITE_BUSY || rc == SQLITE_LOCKED) && busy < BUSY_TRIES)));
    if (sqlite3_backup_finish(b) != SQLITE_OK && !s)
        s = database_fail(to, err, "backup");
    if (!s && rc != SQLITE_DONE)
        s = err_set(err, STATUS_STORE, "backup: %s", sqlite3_errstr(rc));
    return s;
}

/* The copy says WAL in its header, as the history does; a file that may lie anywhere must
 * not need a log beside it. */
static enum status
finish_part(struct sqlite3 *to, const struct backup_options *o, uint64_t bytes, struct err *err)
{
    struct integrity sound;
    enum status      s = database_exec(to, "PRAGMA journal_mode = DELETE", err);

    tell(o, "checking", 0, 0);
    if (!s)
        s = integrity_check(to, 0, &sound, err);
    tell(o, "checking", bytes, bytes);
    return s;
}

static enum status
sync_path(const char *path, int flags, struct err *err)
{
    int         fd = open(path, flags | O_CLOEXEC);
    enum status s = STATUS_OK;

    if (fd < 0 || fsync(fd))
        s = err_set(err, STATUS_IO, "cannot sync %.200s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return s;
}

static enum status
sync_directory_of(const char *file, struct err *err)
{
    char dir[DATADIR_PATH_BYTES];

    snprintf(dir, sizeof dir, "%s", file);
    return sync_path(dirname(dir), O_RDONLY | O_DIRECTORY, err);
}

/* Where the file system knows no rename that refuses to replace, a look before it. */
static enum status
take_name(const char *part, const char *file, bool replace, struct err *err)
{
    struct stat st;
    int         rc = renameat2(AT_FDCWD, part, AT_FDCWD, file, replace ? 0 : RENAME_NOREPLACE);

    if (rc && (errno == EINVAL || errno == ENOSYS)) {
        if (!replace && stat(file, &st) == 0) {
            rc = -1;
            errno = EEXIST;
        } else {
            rc = rename(part, file);
        }
    }
    if (!rc)
        return STATUS_OK;
    return errno == EEXIST
               ? err_set(err, STATUS_CONFLICT, "%.200s exists: choose another name, or say --force",
                         file)
               : err_set(err, STATUS_IO, "cannot make %.200s: %s", file, strerror(errno));
}

/* from becomes file, by way of a part of it. */
static enum status
write_file(struct sqlite3 *from, const char *file, bool replace, const struct backup_options *o,
           uint64_t *bytes, struct err *err)
{
    struct sqlite3 *to = NULL;
    char            part[DATADIR_PATH_BYTES];
    enum status     s = make_part(file, part, err);

    if (s)
        return s;
    s = open_part(part, &to, err);
    if (!s)
        s = copy_pages(from, to, o, bytes, err);
    if (!s)
        s = finish_part(to, o, *bytes, err);
    database_close(to);
    if (!s)
        s = sync_path(part, O_RDWR, err);
    if (!s)
        s = take_name(part, file, replace, err);
    if (!s)
        return sync_directory_of(file, err);
    unlink(part);
    return s;
}

/* One read transaction from the first page to the last: else each commit of the daemon's
 * would begin the copy anew. */
static enum status
hold_still(struct sqlite3 *db, struct err *err)
{
    int64_t     unused;
    enum status s = database_exec(db, "BEGIN", err);

    return s ? s : database_number(db, "SELECT count(*) FROM sqlite_schema", &unused, err);
}

enum status
backup_write(const struct backup_options *o, uint64_t *bytes, struct err *err)
{
    struct sqlite3 *from = NULL;
    struct stat     st;
    char            path[DATADIR_PATH_BYTES];
    enum status     s = datadir_database(o->data_dir, path, err);

    *bytes = 0;
    if (!s && !o->replace && lstat(o->file, &st) == 0) /* before the work, not after it */
        s = err_set(err, STATUS_CONFLICT, "%.200s exists: choose another name, or say --force",
                    o->file);
    if (!s)
        s = database_open_reader(path, &from, err);
    if (!s)
        s = hold_still(from, err);
    if (!s)
        s = write_file(from, o->file, o->replace, o, bytes, err);
    database_close(from);
    return s;
}

/* Together, and the log also where somebody took the database away: a log beside another
 * database would be taken for its own. */
static enum status
set_aside(const char *path, char *aside, size_t aside_bytes, struct err *err)
{
    static const char *const ends[] = {"-wal", "-shm", ""};
    char                     from[DATADIR_PATH_BYTES + 8], to[DATADIR_PATH_BYTES + 48];
    struct stat              st;
    int64_t                  now = clock_wall_ms(&clock_system);

    aside[0] = '\0';
    if (stat(path, &st) == 0)
        snprintf(aside, aside_bytes, "%s.replaced-%lld", path, (long long)now);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(from, sizeof from, "%s%s", path, ends[i]);
        snprintf(to, sizeof to, "%s.replaced-%lld%s", path, (long long)now, ends[i]);
        if (rename(from, to) && errno != ENOENT)
            return err_set(err, STATUS_IO, "cannot set %.200s aside: %s", from, strerror(errno));
    }
    return STATUS_OK;
}

/* To a name beside the history first: what there is is set aside when all else is done. */
static enum status
restore_locked(struct sqlite3 *from, const char *path, const struct backup_options *o, char *aside,
               size_t aside_bytes, uint64_t *bytes, struct err *err)
{
    char        whole[DATADIR_PATH_BYTES + 16];
    enum status s;

    snprintf(whole, sizeof whole, "%s.restored", path);
    s = write_file(from, whole, true, o, bytes, err);
    if (!s)
        s = set_aside(path, aside, aside_bytes, err);
    if (!s && rename(whole, path))
        s = err_set(err, STATUS_IO, "cannot make %.200s: %s", path, strerror(errno));
    return s ? s : sync_directory_of(path, err);
}

enum status
backup_restore(const struct backup_options *o, char *aside, size_t aside_bytes, uint64_t *bytes,
               struct err *err)
{
    struct sqlite3  *from = NULL;
    struct integrity sound;
    enum store_fault fault;
    char             path[DATADIR_PATH_BYTES];
    int              lock_fd = -1;
    enum status      s = datadir_database(o->data_dir, path, err);

    *bytes = 0;
    aside[0] = '\0';
    if (!s)
        s = database_open_copy(o->file, &from, err);
    tell(o, "checking", 0, 0);
    if (!s)
        s = integrity_check(from, 0, &sound, err);
    if (!s)
        s = datadir_lock(o->data_dir, &lock_fd, &fault, err);
    if (!s)
        s = restore_locked(from, path, o, aside, aside_bytes, bytes, err);
    if (lock_fd >= 0)
        datadir_unlock(lock_fd);
    database_close(from);
    return s;
}
