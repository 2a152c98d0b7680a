#include "telemetry/snapshotfile.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const char magic[] = "verdictd series\n";

enum { MAGIC_BYTES = sizeof magic - 1, FRAME_BYTES = 4 + 1 + 8, END_BYTES = 8 + 8 };

static enum status
failed(const struct snapshotfile *f, const char *what, struct err *err)
{
    return err_set(err, STATUS_IO, "snapshot %s is not %s: %s", f->name, what, strerror(errno));
}

static char *
copy_name(const char *name, const char *suffix)
{
    size_t n = strlen(name), more = strlen(suffix);
    char  *copy = heap_new(n + more + 1, 1);

    memcpy(copy, name, n);
    memcpy(copy + n, suffix, more);
    return copy;
}

static void
note_frame(struct snapshotfile *f, uint64_t hash, size_t payload_bytes)
{
    f->frames++;
    f->hashes = (f->hashes ^ hash) * UINT64_C(0x9e3779b97f4a7c15);
    f->hashes ^= f->hashes >> 32;
    f->bytes += FRAME_BYTES + payload_bytes;
}

enum status
snapshotfile_create(struct snapshotfile *f, const char *name, struct err *err)
{
    int fd;

    *f = (struct snapshotfile){.name = copy_name(name, ""), .beside = copy_name(name, ".new")};
    fd = open(f->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0)
        f->file = fdopen(fd, "wb");
    if (!f->file) {
        enum status st = failed(f, "created", err);
        if (fd >= 0)
            (void)close(fd);
        return st;
    }
    f->bytes = MAGIC_BYTES;
    return fwrite(magic, MAGIC_BYTES, 1, f->file) == 1 ? STATUS_OK : failed(f, "written", err);
}

enum status
snapshotfile_write(struct snapshotfile *f, enum snapshotfile_kind kind, struct slice payload,
                   struct err *err)
{
    struct text head;
    uint64_t    hash = hash_stable(payload);

    if (payload.n > SNAPSHOTFILE_MAX_FRAME)
        return err_set(err, STATUS_LIMIT, "snapshot %s: a frame of %zu bytes", f->name, payload.n);
    text_init(&head, FRAME_BYTES);
    pack_u32(&head, (uint32_t)payload.n);
    pack_u8(&head, (uint8_t)kind);
    pack_u64(&head, hash);
    bool ok = fwrite(head.p, head.n, 1, f->file) == 1 &&
              (!payload.n || fwrite(payload.p, payload.n, 1, f->file) == 1);
    text_release(&head);
    note_frame(f, hash, payload.n);
    return ok ? STATUS_OK : failed(f, "written", err);
}

/* The new name is on disk when its folder is. */
static bool
sync_folder(const char *name)
{
    const char *slash = strrchr(name, '/');
    char       *folder = slash ? copy_name(name, "") : copy_name(".", "");

    if (slash)
        folder[slash > name ? slash - name : 1] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    (void)close(fd);
    return ok;
}

enum status
snapshotfile_finish(struct snapshotfile *f, struct err *err)
{
    struct text end;
    FILE       *file = f->file;

    text_init(&end, END_BYTES);
    pack_u64(&end, f->frames);
    pack_u64(&end, f->hashes);
    enum status st = snapshotfile_write(f, SNAPSHOTFILE_END, text_slice(&end), err);
    text_release(&end);
    if (st)
        return st;
    if (fflush(file) || fsync(fileno(file)))
        return failed(f, "on disk", err);
    f->file = NULL;
    if (fclose(file) || rename(f->beside, f->name))
        return failed(f, "in its place", err);
    free(f->beside);
    f->beside = NULL;
    return sync_folder(f->name) ? STATUS_OK : failed(f, "on disk", err);
}

static enum status
malformed(const struct snapshotfile *f, const char *what, struct err *err)
{
    return err_set(err, STATUS_MALFORMED, "snapshot %s, byte %llu: %s; nothing of it is loaded",
                   f->name, (unsigned long long)f->bytes, what);
}

static enum status
read_bytes(struct snapshotfile *f, void *to, size_t n, struct err *err)
{
    if (!n || fread(to, n, 1, f->file) == 1)
        return STATUS_OK;
    return ferror(f->file) ? failed(f, "read", err) : malformed(f, "it is cut short", err);
}

enum status
snapshotfile_rewind(struct snapshotfile *f, struct err *err)
{
    char found[MAGIC_BYTES];

    f->frames = f->hashes = f->bytes = 0;
    if (fseek(f->file, 0, SEEK_SET))
        return failed(f, "read", err);
    if (fread(found, sizeof found, 1, f->file) != 1 || memcmp(found, magic, sizeof found) != 0)
        return malformed(f, "this is no snapshot of series", err);
    f->bytes = MAGIC_BYTES;
    return STATUS_OK;
}

enum status
snapshotfile_open(struct snapshotfile *f, const char *name, struct err *err)
{
    *f = (struct snapshotfile){.name = copy_name(name, "")};
    f->file = fopen(name, "rbe");
    if (!f->file && errno == ENOENT)
        return err_set(err, STATUS_NOT_FOUND, "there is no snapshot %s", name);
    if (!f->file)
        return failed(f, "opened", err);
    return snapshotfile_rewind(f, err);
}

static enum status
check_end(struct snapshotfile *f, struct slice payload, struct err *err)
{
    struct unpack u = {.rest = payload};
    bool          same = pack_get_u64(&u) == f->frames;

    same = pack_get_u64(&u) == f->hashes && same;
    if (u.bad || u.rest.n || !same)
        return malformed(f, "frames are missing, or not in their order", err);
    if (fgetc(f->file) != EOF)
        return malformed(f, "there is more behind its end", err);
    f->bytes += FRAME_BYTES + END_BYTES;
    return STATUS_OK;
}

enum status
snapshotfile_read(struct snapshotfile *f, enum snapshotfile_kind *kind, struct slice *payload,
                  struct err *err)
{
    char          bytes[FRAME_BYTES];
    struct unpack u = {.rest = {bytes, sizeof bytes}};
    enum status   st = read_bytes(f, bytes, sizeof bytes, err);
    if (st)
        return st;
    size_t   n = pack_get_u32(&u);
    unsigned found = pack_get_u8(&u);
    uint64_t hash = pack_get_u64(&u);
    if (n > SNAPSHOTFILE_MAX_FRAME || found < SNAPSHOTFILE_HEAD || found > SNAPSHOTFILE_END)
        return malformed(f, "this is no frame", err);
    if (n > f->cap) {
        free(f->payload);
        f->payload = heap_new(n, 1);
        f->cap = n;
    }
    st = read_bytes(f, f->payload, n, err);
    if (st)
        return st;
    *payload = (struct slice){f->payload, n};
    *kind = (enum snapshotfile_kind)found;
    if (hash_stable(*payload) != hash)
        return malformed(f, "the checksum is another one", err);
    if (*kind == SNAPSHOTFILE_END)
        return check_end(f, *payload, err);
    note_frame(f, hash, n);
    return STATUS_OK;
}

void
snapshotfile_close(struct snapshotfile *f)
{
    if (f->file)
        (void)fclose(f->file);
    if (f->beside)
        (void)unlink(f->beside);
    free(f->name);
    free(f->beside);
    free(f->payload);
    *f = (struct snapshotfile){0};
}
