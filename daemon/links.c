#include "daemon/links.h"

#include "base/heap.h"
#include "daemon/secretfile.h"
#include "store/reader.h"
#include "webhooks/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DIGITS = 2 * LINK_KEY_BYTES, PATH_BYTES = 4200 };

struct links {
    unsigned char   key[LINK_KEY_BYTES];
    struct hash_map used; /* of the longest life of a link: each was signed by us */
};

/* Under another name first: a file that is torn would be no key at the next start. */
static enum status
make_key(const struct app_world *w, const char *path, struct err *err)
{
    unsigned char key[LINK_KEY_BYTES];
    char          fresh[PATH_BYTES + 8];
    int           fd;
    bool          ok;

    snprintf(fresh, sizeof fresh, "%s.new", path);
    w->entropy->fill(w->entropy->self, key, sizeof key);
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, STATUS_IO, "%.200s: %s", fresh, strerrordesc_np(errno));
    ok = true;
    for (size_t i = 0; i < sizeof key; i++)
        ok = dprintf(fd, "%02x", key[i]) == 2 && ok;
    ok = dprintf(fd, "\n") == 1 && ok;
    ok = fsync(fd) == 0 && ok;
    ok = close(fd) == 0 && ok;
    ok = ok && rename(fresh, path) == 0;
    explicit_bzero(key, sizeof key);
    return ok ? STATUS_OK : err_set(err, STATUS_IO, "%.200s: cannot be written", path);
}

static enum status
read_key(const char *path, unsigned char key[LINK_KEY_BYTES], struct err *err)
{
    struct text t;
    enum status s;

    text_init(&t, SECRETFILE_MAX_BYTES);
    s = secretfile_read(path, &t, err);
    if (!s && t.n != DIGITS)
        s = err_set(err, STATUS_IO, "%.200s is no key of %d hexadecimal digits", path, DIGITS);
    for (size_t i = 0; !s && i < LINK_KEY_BYTES; i++) {
        int high = slice_hex_digit(t.p[2 * i]), low = slice_hex_digit(t.p[2 * i + 1]);

        if (high < 0 || low < 0)
            s = err_set(err, STATUS_IO, "%.200s is no key of %d hexadecimal digits", path, DIGITS);
        else
            key[i] = (unsigned char)(high << 4 | low);
    }
    secretfile_wipe(&t);
    return s;
}

static bool
note_used(void *ctx, struct slice id)
{
    char one[ULID_BYTES];

    if (ulid_copy(id, one))
        links_use(ctx, one);
    return true;
}

/* Older ones have expired. */
static enum status
read_used(const struct app_world *w, struct links *l, struct err *err)
{
    const int64_t  longest_ms = (int64_t)(LINK_MOST_DAYS + 1) * 24 * 3600 * 1000;
    struct reader *r = NULL;
    enum status    s = reader_open(w->data_dir, &r, err);

    if (!s)
        s = reader_links(r, clock_wall_ms(w->clock) - longest_ms, note_used, l, err);
    reader_close(r);
    return s;
}

enum status
links_new(const struct app_world *w, struct links **out, struct err *err)
{
    char          path[PATH_BYTES];
    struct links *l = heap_new(1, sizeof *l);
    enum status   s = STATUS_OK;

    snprintf(path, sizeof path, "%s/link.key", w->data_dir);
    if (access(path, F_OK))
        s = make_key(w, path, err);
    if (!s)
        s = read_key(path, l->key, err);
    if (!s)
        s = read_used(w, l, err);
    if (s) {
        links_free(l);
        return s;
    }
    *out = l;
    return STATUS_OK;
}

void
links_free(struct links *l)
{
    if (!l)
        return;
    explicit_bzero(l->key, sizeof l->key);
    hash_release(&l->used);
    free(l);
}

const unsigned char *
links_key(const struct links *l)
{
    return l ? l->key : NULL;
}

bool
links_was_used(const struct links *l, const char *id)
{
    return hash_get(&l->used, slice_of(id)) != NULL;
}

void
links_use(struct links *l, const char *id)
{
    hash_set(&l->used, slice_of(id), l);
}
