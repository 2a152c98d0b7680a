#include "telemetry/metadata.h"

#include "base/hash.h"
#include "base/heap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct metadata {
    pthread_mutex_t lock;
    struct hash_map families; /* struct metadata_entry, its texts of malloc() each */
    size_t          bytes;    /* of all texts */
};

struct metadata *
metadata_new(void)
{
    struct metadata *m = heap_new(1, sizeof *m);

    pthread_mutex_init(&m->lock, NULL);
    return m;
}

void
metadata_free(struct metadata *m)
{
    size_t       cursor = 0;
    struct slice key;
    void        *value;

    if (!m)
        return;
    while (hash_next(&m->families, &cursor, &key, &value)) {
        struct metadata_entry *f = value;

        free((char *)f->family.p);
        free((char *)f->help.p);
        free((char *)f->unit.p);
        free(f);
    }
    hash_release(&m->families);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* Another text in the place of *at, unless there is no room for it. */
static void
put(struct metadata *m, struct slice *at, struct slice text)
{
    char *copy;

    if (slice_equal(*at, text) || m->bytes - at->n + text.n > METADATA_MAX_BYTES)
        return;
    copy = heap_new(text.n ? text.n : 1, 1);
    memcpy(copy, text.p, text.n);
    free((char *)at->p);
    m->bytes += text.n - at->n;
    *at = (struct slice){copy, text.n};
}

#define CUT "..."

/* A cut help ends with a whole character, and says that it was cut. */
static void
put_help(struct metadata *m, struct slice *at, struct slice help)
{
    char   cut[METADATA_MAX_HELP_BYTES];
    size_t n = sizeof cut - strlen(CUT);

    if (help.n > METADATA_MAX_HELP_BYTES) {
        while (n && (help.p[n] & 0xc0) == 0x80)
            n--;
        memcpy(cut, help.p, n);
        memcpy(cut + n, CUT, strlen(CUT));
        help = (struct slice){cut, n + strlen(CUT)};
    }
    put(m, at, help);
}

static struct metadata_entry *
family_of(struct metadata *m, struct slice name)
{
    struct metadata_entry *f = hash_get(&m->families, name);

    if (f || m->families.n >= METADATA_MAX_FAMILIES || m->bytes + name.n > METADATA_MAX_BYTES)
        return f;
    f = heap_new(1, sizeof *f);
    put(m, &f->family, name);
    hash_set(&m->families, name, f);
    return f;
}

void
metadata_set(struct metadata *m, struct slice family, enum exposition_type type, struct slice help,
             struct slice unit)
{
    struct metadata_entry *f;

    if (!family.n || family.n > METADATA_MAX_NAME_BYTES || unit.n > METADATA_MAX_NAME_BYTES)
        return;
    pthread_mutex_lock(&m->lock);
    f = family_of(m, family);
    if (f) {
        if (type != EXPOSITION_UNKNOWN)
            f->type = type;
        if (help.n)
            put_help(m, &f->help, help);
        if (unit.n)
            put(m, &f->unit, unit);
    }
    pthread_mutex_unlock(&m->lock);
}

static int
compare_families(const void *a, const void *b)
{
    return slice_compare((*(const struct metadata_entry *const *)a)->family,
                         (*(const struct metadata_entry *const *)b)->family);
}

static size_t
list(const struct metadata *m, const struct metadata_entry **to)
{
    size_t       cursor = 0, n = 0;
    struct slice key;
    void        *value;

    while (hash_next(&m->families, &cursor, &key, &value))
        to[n++] = value;
    qsort(to, n, sizeof *to, compare_families);
    return n;
}

void
metadata_each(struct metadata *m, struct slice family, size_t limit,
              void (*each)(void *ctx, const struct metadata_entry *e), void *ctx)
{
    const struct metadata_entry **all, *one;
    size_t                        n;

    pthread_mutex_lock(&m->lock);
    if (family.n) {
        one = hash_get(&m->families, family);
        if (one)
            each(ctx, one);
    } else {
        all = heap_new(m->families.n + 1, sizeof *all);
        n = list(m, all);
        for (size_t i = 0; i < n && (!limit || i < limit); i++)
            each(ctx, all[i]);
        free(all);
    }
    pthread_mutex_unlock(&m->lock);
}
