#include "telemetry/tsdbsnapshot.h"

#include "telemetry/block.h"
#include "telemetry/snapshotfile.h"
#include "telemetry/snapshotload.h"
#include "telemetry/tsdbadopt.h"

#include "base/heap.h"
#include "base/pack.h"

#include <stdlib.h>

enum {
    GROUP_VALUES = 1 << 20,

    GROUP_BYTES = SNAPSHOTFILE_MAX_FRAME,
};

/* Series with the same times, until they are written. */
struct group {
    const struct source_series *series[SNAPSHOTLOAD_SERIES];
    uint32_t                    n;
    size_t                      rows, cap_rows, cap_values;
    int64_t                    *t_ms;
    double                     *value; /* column by column */
};

struct saving {
    struct snapshotfile        file;
    struct source_reader      *reader;
    uint32_t                  *text_of; /* by symbol: its number in the file + 1 */
    uint32_t                   n_texts;
    struct group               group;
    struct text                frame;
    struct tsdbsnapshot_report report;
};

static enum status
save_head(struct saving *s, struct slice source, int64_t now_ms, struct err *err)
{
    uint32_t bytes;

    text_clear(&s->frame);
    pack_u32(&s->frame, TSDBSNAPSHOT_VERSION);
    pack_slice(&s->frame, snapshotload_mark(&bytes));
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
    double        value[SNAPSHOTLOAD_SERIES * BLOCK_MAX_ROWS];
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
    return g->n && g->n < SNAPSHOTLOAD_SERIES && g->rows == c->n &&
           (g->n + 1) * c->n <= GROUP_VALUES &&
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
save_bytes(struct saving *s, const struct block *b, struct err *err)
{
    s->report.samples += block_samples(b);
    return snapshotfile_write(&s->file, SNAPSHOTFILE_BLOCK,
                              (struct slice){(const char *)b, block_bytes(b)}, err);
}

/* A series with all its columns, from `at` on: its blocks as they are. */
static enum status
save_parts(struct saving *s, const struct source_series *at, const struct tsdbadopt_parts *p,
           struct err *err)
{
    enum status   st = save_group(s, err);
    struct group *g = &s->group;
    struct block *hot = tsdbadopt_hot(p);

    for (uint32_t k = 0; k < p->n_columns; k++)
        g->series[k] = at + k;
    g->n = p->n_columns;
    if (!st && (p->n_blocks || hot))
        st = save_labels(s, err);
    if (p->n_blocks || hot)
        s->report.series += g->n;
    g->n = 0;
    for (uint32_t i = 0; i < p->n_blocks && !st; i++)
        st = save_bytes(s, tsdbadopt_sealed(p, i), err);
    if (hot && !st)
        st = save_bytes(s, hot, err);
    free(hot);
    return st;
}

/* How many of the sorted series are columns of the first one's. */
static uint32_t
run_of(struct saving *s, const struct source_series *at, size_t left,
       const struct tsdbadopt_parts *first)
{
    uint32_t n = 1;

    while (n < left && n < first->n_columns && tsdbadopt_look(s->reader, at + n).id == first->id)
        n++;
    return n;
}

static int
by_handle(const void *a, const void *b)
{
    const struct source_series *x = a, *y = b;

    return x->handle < y->handle ? -1 : x->handle > y->handle;
}

static enum status
save_selection(struct saving *s, const struct source_selection *all, struct err *err)
{
    struct source_scratch scratch = {0};
    enum status           st = STATUS_OK;

    for (size_t i = 0; i < all->n && !st;) {
        const struct source_series *at = &all->series[i];
        struct tsdbadopt_parts      p = tsdbadopt_look(s->reader, at);
        struct source_column        c;

        if (p.column == 0 && p.n_columns <= SNAPSHOTLOAD_SERIES &&
            run_of(s, at, all->n - i, &p) == p.n_columns) {
            st = save_parts(s, at, &p, err);
            i += p.n_columns;
            continue;
        }
        st = s->reader->read(s->reader, at, INT64_MIN, INT64_MAX, &scratch, &c, err);
        if (!st && c.n)
            st = save_series(s, at, &c, err);
        i++;
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
    if (st)
        return st;
    struct source_series *sorted = arena_array(a, out->n, sizeof *sorted);
    if (out->n)
        memcpy(sorted, out->series, out->n * sizeof *sorted);
    qsort(sorted, out->n, sizeof *sorted, by_handle);
    out->series = sorted;
    return STATUS_OK;
}

enum status
tsdbsnapshot_save(struct tsdb *t, struct slice source, const char *file, int64_t now_ms,
                  struct tsdbsnapshot_report *report, struct err *err)
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

enum status
tsdbsnapshot_load(struct tsdb *t, struct slice source, const char *file, int64_t oldest_ms,
                  struct tsdbsnapshot_report *report, struct err *err)
{
    return snapshotload_file(t, source, file, oldest_ms, report, err);
}
