#include "telemetry/snapshotload.h"

#include "telemetry/block.h"
#include "telemetry/snapshotfile.h"
#include "telemetry/tsdbadopt.h"
#include "telemetry/tsdbset.h"

#include "base/heap.h"
#include "base/pack.h"
#include "base/vec.h"

#include <stdlib.h>

enum { MAX_TEXTS = SYMBOLS_MAX };

struct slice
snapshotload_mark(uint32_t *bytes)
{
    *bytes = UINT32_C(0x01020304);
    return (struct slice){(const char *)bytes, sizeof *bytes};
}

struct loading {
    struct snapshotfile file;
    struct tsdb        *t; /* NULL: only looks */
    struct slice        source;
    int64_t             oldest_ms;
    struct arena        arena; /* of the texts */
    VEC(struct slice) texts;
    uint64_t                   refs[SNAPSHOTLOAD_SERIES]; /* TSDB_NONE: not to be had */
    uint32_t                   n;
    struct tsdbsnapshot_report report;
};

static enum status
malformed(const struct loading *l, const char *what, struct err *err)
{
    return err_set(err, STATUS_MALFORMED, "snapshot %s: %s; nothing of it is loaded", l->file.name,
                   what);
}

static enum status
load_head(struct loading *l, struct slice payload, struct err *err)
{
    struct unpack u = {.rest = payload};
    uint32_t      bytes, version = pack_get_u32(&u);
    struct slice  order = pack_get_slice(&u), source = pack_get_slice(&u);

    l->report.taken_ms = pack_get_i64(&u);
    if (version != TSDBSNAPSHOT_VERSION)
        return malformed(l, "it is of another version of verdictd", err);
    if (u.bad || u.rest.n)
        return malformed(l, "its head does not hold together", err);
    if (!slice_equal(order, snapshotload_mark(&bytes)))
        return malformed(l, "it was written on another kind of machine", err);
    if (!slice_equal(source, l->source))
        return malformed(l, "it is of another source", err);
    return STATUS_OK;
}

static struct slice
get_text(struct loading *l, struct unpack *u)
{
    uint64_t number = pack_get_varint(u);

    if (number == 0) {
        struct slice text = arena_slice(&l->arena, pack_get_slice(u));
        if (l->texts.n < MAX_TEXTS)
            VEC_PUSH(&l->arena, &l->texts, text);
        return text;
    }
    u->bad = u->bad || number > l->texts.n;
    return u->bad ? (struct slice){"", 0} : l->texts.at[number - 1];
}

/* One series' labels; TSDB_NONE where the store does not take it. */
static void
load_series(struct loading *l, struct unpack *u, uint64_t *ref)
{
    struct tsdb_label labels[TSDBSET_MAX_LABELS];
    uint64_t          n = pack_get_varint(u);
    struct err        refused = {0};

    *ref = TSDB_NONE;
    u->bad = u->bad || n > TSDBSET_MAX_LABELS;
    for (uint64_t i = 0; i < n && !u->bad; i++) {
        labels[i].name = get_text(l, u);
        labels[i].value = get_text(l, u);
    }
    if (l->t && !u->bad && tsdb_series(l->t, labels, (size_t)n, ref, &refused))
        *ref = TSDB_NONE;
}

static enum status
load_group(struct loading *l, struct slice payload, struct err *err)
{
    struct unpack u = {.rest = payload};
    uint64_t      n = pack_get_varint(&u);

    if (n == 0 || n > SNAPSHOTLOAD_SERIES)
        return malformed(l, "a group has no series, or too many", err);
    l->n = (uint32_t)n;
    for (uint32_t i = 0; i < l->n && !u.bad; i++)
        load_series(l, &u, &l->refs[i]);
    l->report.series += n;
    return u.bad || u.rest.n ? malformed(l, "labels do not hold together", err) : STATUS_OK;
}

/* Cell by cell: absent ones are those that read as whatever was asked for. */
static void
load_rows(struct loading *l, const struct block *b)
{
    int64_t t_ms[BLOCK_MAX_ROWS];
    double value[SNAPSHOTLOAD_SERIES * BLOCK_MAX_ROWS], other[SNAPSHOTLOAD_SERIES * BLOCK_MAX_ROWS];
    uint32_t rows = block_read_rows(b, l->oldest_ms, INT64_MAX, 0, t_ms, value);

    (void)block_read_rows(b, l->oldest_ms, INT64_MAX, 1, t_ms, other);
    l->report.too_old += (uint64_t)(block_rows(b) - rows) * l->n;
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t k = 0; k < l->n; k++) {
            size_t at = (size_t)i * l->n + k;
            if (memcmp(&value[at], &other[at], sizeof value[at]) != 0)
                continue;
            bool taken =
                l->refs[k] != TSDB_NONE && !tsdb_append(l->t, l->refs[k], t_ms[i], value[at]);
            l->report.samples += taken;
            l->report.refused += !taken;
        }
    }
}

/* As it is, if the store takes it so. */
static void
adopt(struct loading *l, struct block *b)
{
    uint32_t samples = block_samples(b);

    if (block_last_ms(b) < l->oldest_ms) {
        l->report.too_old += samples;
    } else if (!tsdbadopt_block(l->t, l->refs, l->n, b)) {
        l->report.samples += samples;
        return;
    } else {
        load_rows(l, b);
    }
    free(b);
}

static enum status
load_block(struct loading *l, struct slice payload, struct err *err)
{
    struct block *b = block_from_bytes(payload.p, payload.n);

    if (!b || block_columns(b) != l->n) {
        free(b);
        return malformed(l, "a block of samples does not hold together", err);
    }
    if (l->t)
        adopt(l, b);
    else
        free(b);
    return STATUS_OK;
}

/* All frames, once: to look at them, or to take them over. */
static enum status
load_frames(struct loading *l, struct tsdb *into, struct err *err)
{
    enum snapshotfile_kind kind = SNAPSHOTFILE_HEAD;
    struct slice           payload;
    enum status            st = snapshotfile_rewind(&l->file, err);

    arena_release(&l->arena);
    memset(&l->texts, 0, sizeof l->texts);
    l->t = into;
    l->n = 0;
    l->report = (struct tsdbsnapshot_report){0};
    for (bool first = true; !st && kind != SNAPSHOTFILE_END; first = false) {
        st = snapshotfile_read(&l->file, &kind, &payload, err);
        if (!st && first != (kind == SNAPSHOTFILE_HEAD))
            st = malformed(l, "frames are not in their order", err);
        else if (!st && kind == SNAPSHOTFILE_HEAD)
            st = load_head(l, payload, err);
        else if (!st && kind == SNAPSHOTFILE_GROUP)
            st = load_group(l, payload, err);
        else if (!st && kind == SNAPSHOTFILE_BLOCK)
            st = load_block(l, payload, err);
        /* Once a group, so that no more than its samples wait to be seen. */
        if (!st && into && kind != SNAPSHOTFILE_BLOCK)
            tsdb_commit(into);
    }
    l->report.bytes = l->file.bytes;
    return st;
}

enum status
snapshotload_file(struct tsdb *t, struct slice source, const char *file, int64_t oldest_ms,
                  struct tsdbsnapshot_report *report, struct err *err)
{
    struct loading l = {.source = source, .oldest_ms = oldest_ms};
    enum status    st = snapshotfile_open(&l.file, file, err);

    if (!st)
        st = load_frames(&l, NULL, err);
    if (!st)
        st = load_frames(&l, t, err);
    *report = l.report;
    snapshotfile_close(&l.file);
    arena_release(&l.arena);
    return st;
}
