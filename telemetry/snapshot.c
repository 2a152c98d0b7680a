#include "telemetry/snapshot.h"

#include "telemetry/block.h"
#include "telemetry/snapshotfile.h"
#include "telemetry/tsdbset.h"

#include "base/heap.h"
#include "base/pack.h"
#include "base/vec.h"

#include <stdlib.h>

enum {
    GROUP_SERIES = 64,
    GROUP_VALUES = 1 << 20,

    GROUP_BYTES = SNAPSHOTFILE_MAX_FRAME,
    MAX_TEXTS = SYMBOLS_MAX,
};

#define BYTE_ORDER_MARK UINT32_C(0x01020304) /* as it lies in memory: blocks do, too */

/* Series with the same times, until they are written. */
struct group {
    const struct source_series *series[GROUP_SERIES];
    uint32_t                    n;
    size_t                      rows, cap_rows, cap_values;
    int64_t                    *t_ms;
    double                     *value; /* column by column */
};

struct saving {
    struct snapshotfile    file;
    struct source_reader  *reader;
    uint32_t              *text_of; /* by symbol: its number in the file + 1 */
    uint32_t               n_texts;
    struct group           group;
    struct text            frame;
    struct snapshot_report report;
};

static struct slice
mark(uint32_t *bytes)
{
    *bytes = BYTE_ORDER_MARK;
    return (struct slice){(const char *)bytes, sizeof *bytes};
}

static enum status
save_head(struct saving *s, struct slice source, int64_t now_ms, struct err *err)
{
    uint32_t bytes;

    text_clear(&s->frame);
    pack_u32(&s->frame, SNAPSHOT_VERSION);
    pack_slice(&s->frame, mark(&bytes));
    pack_slice(&s->frame, source);
    pack_i64(&s->frame, now_ms);
    return snapshotfile_write(&s->file, SNAPSHOTFILE_HEAD, text_slice(&s->frame), err);
}

/* A text is spelt where it comes first, behind the number 0. */
static void
put_symbol(struct saving *s, uint32_t symbol)
{
    if (s->text_of[symbol]) {
        pack_varint(&s->frame, s->text_of[symbol]);
        return;
    }
    s->text_of[symbol] = ++s->n_texts;
    pack_varint(&s->frame, 0);
    pack_slice(&s->frame, symbols_text(s->reader->symbols, symbol));
}

static enum status
save_labels(struct saving *s, struct err *err)
{
    const struct group *g = &s->group;

    text_clear(&s->frame);
    pack_varint(&s->frame, g->n);
    for (uint32_t i = 0; i < g->n; i++) {
        struct labels set = g->series[i]->labels;

        pack_varint(&s->frame, set.n);
        for (uint32_t k = 0; k < set.n; k++) {
            put_symbol(s, set.at[k].name);
            put_symbol(s, set.at[k].value);
        }
    }
    if (s->frame.status)
        return err_set(err, STATUS_LIMIT, "labels of %u series take more than %d bytes", g->n,
                       GROUP_BYTES);
    return snapshotfile_write(&s->file, SNAPSHOTFILE_GROUP, text_slice(&s->frame), err);
}

static enum status
save_block(struct saving *s, size_t from, uint32_t rows, struct err *err)
{
    double        value[GROUP_SERIES * BLOCK_MAX_ROWS];
    struct group *g = &s->group;

    for (uint32_t k = 0; k < g->n; k++)
        for (uint32_t i = 0; i < rows; i++)
            value[i * g->n + k] = g->value[k * g->rows + from + i];
    struct block *b = block_seal(g->t_ms + from, value, NULL, rows, g->n);
    enum status   st = snapshotfile_write(&s->file, SNAPSHOTFILE_BLOCK,
                                          (struct slice){(const char *)b, block_bytes(b)}, err);
    free(b);
    return st;
}

static enum status
save_group(struct saving *s, struct err *err)
{
    struct group *g = &s->group;
    enum status   st = g->n ? save_labels(s, err) : STATUS_OK;

    for (size_t at = 0; at < g->rows && g->n && !st; at += BLOCK_MAX_ROWS) {
        size_t left = g->rows - at;
        st = save_block(s, at, left < BLOCK_MAX_ROWS ? (uint32_t)left : BLOCK_MAX_ROWS, err);
    }
    s->report.series += g->n;
    s->report.samples += g->n * g->rows;
    g->n = 0;
    return st;
}

static bool
joins(const struct group *g, const struct source_column *c)
{
    return g->n && g->n < GROUP_SERIES && g->rows == c->n && (g->n + 1) * c->n <= GROUP_VALUES &&
           memcmp(g->t_ms, c->t_ms, c->n * sizeof *c->t_ms) == 0;
}

static enum status
save_series(struct saving *s, const struct source_series *series, const struct source_column *c,
            struct err *err)
{
    struct group *g = &s->group;
    enum status   st = STATUS_OK;

    if (!joins(g, c)) {
        st = save_group(s, err);
        if (c->n > g->cap_rows) {
            g->cap_rows = c->n;
            g->t_ms = heap_grow(g->t_ms, c->n, sizeof *g->t_ms);
        }
        g->rows = c->n;
        memcpy(g->t_ms, c->t_ms, c->n * sizeof *c->t_ms);
    }
    if ((g->n + 1) * g->rows > g->cap_values) {
        g->cap_values = 2 * (g->n + 1) * g->rows;
        g->value = heap_grow(g->value, g->cap_values, sizeof *g->value);
    }
    memcpy(g->value + g->n * g->rows, c->value, c->n * sizeof *c->value);
    g->series[g->n++] = series;
    return st;
}

static enum status
save_selection(struct saving *s, const struct source_selection *all, struct err *err)
{
    struct source_scratch scratch = {0};
    enum status           st = STATUS_OK;

    for (size_t i = 0; i < all->n && !st; i++) {
        struct source_column c;

        st = s->reader->read(s->reader, &all->series[i], INT64_MIN, INT64_MAX, &scratch, &c, err);
        if (!st && c.n)
            st = save_series(s, &all->series[i], &c, err);
    }
    source_scratch_release(&scratch);
    return st ? st : save_group(s, err);
}

static enum status
select_all(struct source_reader *r, struct arena *a, struct source_selection *out, struct err *err)
{
    struct matcher named;
    enum status    st =
        matcher_init(&named, MATCHER_NOT_EQUAL, SLICE_LITERAL("__name__"), SLICE_LITERAL(""), err);
    if (st)
        return st;
    struct source_query q = {.matchers = &named,
                             .n_matchers = 1,
                             .min_ms = INT64_MIN,
                             .max_ms = INT64_MAX,
                             .max_series = SIZE_MAX};
    st = r->select(r, &q, a, out, err);
    matcher_release(&named);
    return st;
}

enum status
snapshot_save(struct tsdb *t, struct slice source, const char *file, int64_t now_ms,
              struct snapshot_report *report, struct err *err)
{
    struct source           from = tsdb_source(t);
    struct saving           s = {.report = {.taken_ms = now_ms}};
    struct arena            arena = {0};
    struct source_selection all;
    enum status             st = from.open(from.self, &s.reader, err);
    if (st)
        return st;
    text_init(&s.frame, GROUP_BYTES);
    s.text_of = heap_new((size_t)symbols_count(s.reader->symbols) + 1, sizeof *s.text_of);
    st = snapshotfile_create(&s.file, file, err);
    if (!st)
        st = save_head(&s, source, now_ms, err);
    if (!st)
        st = select_all(s.reader, &arena, &all, err);
    if (!st)
        st = save_selection(&s, &all, err);
    if (!st)
        st = snapshotfile_finish(&s.file, err);
    s.report.bytes = s.file.bytes;
    *report = s.report;
    snapshotfile_close(&s.file);
    s.reader->close(s.reader);
    text_release(&s.frame);
    arena_release(&arena);
    free(s.text_of);
    free(s.group.t_ms);
    free(s.group.value);
    return st;
}

struct loading {
    struct snapshotfile file;
    struct tsdb        *t; /* NULL: only looks */
    struct slice        source;
    int64_t             oldest_ms;
    struct arena        arena; /* of the texts */
    VEC(struct slice) texts;
    uint64_t               refs[GROUP_SERIES]; /* TSDB_NONE: not to be had */
    uint32_t               n;
    struct snapshot_report report;
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
    if (version != SNAPSHOT_VERSION)
        return malformed(l, "it is of another version of verdictd", err);
    if (u.bad || u.rest.n)
        return malformed(l, "its head does not hold together", err);
    if (!slice_equal(order, mark(&bytes)))
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

    if (n == 0 || n > GROUP_SERIES)
        return malformed(l, "a group has no series, or too many", err);
    l->n = (uint32_t)n;
    for (uint32_t i = 0; i < l->n && !u.bad; i++)
        load_series(l, &u, &l->refs[i]);
    l->report.series += n;
    return u.bad || u.rest.n ? malformed(l, "labels do not hold together", err) : STATUS_OK;
}

static void
load_rows(struct loading *l, const struct block *b)
{
    int64_t  t_ms[BLOCK_MAX_ROWS];
    double   value[GROUP_SERIES * BLOCK_MAX_ROWS];
    uint32_t rows = block_read_rows(b, l->oldest_ms, INT64_MAX, 0, t_ms, value);

    l->report.too_old += (uint64_t)(block_rows(b) - rows) * l->n;
    for (uint32_t i = 0; i < rows && l->t; i++) {
        for (uint32_t k = 0; k < l->n; k++) {
            bool taken = l->refs[k] != TSDB_NONE &&
                         !tsdb_append(l->t, l->refs[k], t_ms[i], value[(size_t)i * l->n + k]);
            l->report.samples += taken;
            l->report.refused += !taken;
        }
    }
}

static enum status
load_block(struct loading *l, struct slice payload, struct err *err)
{
    struct block *b = block_from_bytes(payload.p, payload.n);

    if (!b || block_columns(b) != l->n) {
        free(b);
        return malformed(l, "a block of samples does not hold together", err);
    }
    load_rows(l, b);
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
    l->report = (struct snapshot_report){0};
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
snapshot_load(struct tsdb *t, struct slice source, const char *file, int64_t oldest_ms,
              struct snapshot_report *report, struct err *err)
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
