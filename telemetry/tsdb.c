#include "telemetry/tsdb.h"

#include "base/heap.h"
#include "telemetry/tsdbcollect.h"
#include "telemetry/tsdbreader.h"
#include "telemetry/tsdbset.h"
#include "telemetry/tsdbtop.h"

#include <stdlib.h>

enum {
    DEFAULT_SERIES = 1000 * 1000,
    DEFAULT_LABELS = 64,
    DEFAULT_LABEL_BYTES = 4096,
    LOOK_EVERY = 256, /* appends */
    SERIES_AHEAD = 24,
    COLLECT_PORTION = 4096, /* series */
};

#define DEFAULT_BYTES ((size_t)2 << 30)
#define DEFAULT_RETENTION_MS (INT64_C(2) * 3600 * 1000)
#define DEFAULT_FUTURE_MS (INT64_C(10) * 60 * 1000)

static struct tsdb_limits
with_defaults(struct tsdb_limits l)
{
    if (!l.max_series)
        l.max_series = DEFAULT_SERIES;
    if (!l.max_bytes)
        l.max_bytes = DEFAULT_BYTES;
    if (!l.max_labels)
        l.max_labels = DEFAULT_LABELS;
    if (l.max_labels > TSDB_MAX_LABELS)
        l.max_labels = TSDB_MAX_LABELS;
    if (!l.max_label_bytes)
        l.max_label_bytes = DEFAULT_LABEL_BYTES;
    if (!l.retention_ms)
        l.retention_ms = DEFAULT_RETENTION_MS;
    if (!l.max_future_ms)
        l.max_future_ms = DEFAULT_FUTURE_MS;
    return l;
}

struct tsdb *
tsdb_new(const struct tsdb_limits *limits, const struct clock *clock)
{
    struct tsdb *t = heap_new(1, sizeof *t);

    t->limits = with_defaults(*limits);
    t->clock = clock;
    (void)pthread_mutex_init(&t->lock, NULL);
    tsdbseries_writer_init(&t->w);
    atomic_init(&t->index, tsdbindex_new(0, t->limits.max_bytes));
    t->live.min_ms = t->first_ms = INT64_MAX;
    t->live.max_ms = t->future_ms = t->floor_ms = INT64_MIN;
    t->published = t->live;
    t->with_le = heap_new(TSDB_MAX_LABELS + 1, sizeof *t->with_le);
    return t;
}

void
tsdb_free(struct tsdb *t)
{
    if (!t)
        return;
    struct tsdbindex *x = tsdbcore_index(t);
    uint32_t          n = atomic_load_explicit(&x->n_series, memory_order_relaxed);

    for (uint32_t id = 0; id < n; id++) {
        struct tsdbseries *s = tsdbindex_series(x, id);

        if (tsdbseries_lives(s, tsdbepoch_now(&t->w.epoch)))
            tsdbseries_free(&t->w, s);
    }
    tsdbseries_writer_release(&t->w);
    tsdbindex_free(x);
    tsdbslots_release(&t->slots);
    (void)pthread_mutex_destroy(&t->lock);
    free(t->with_le);
    free(t);
}

static bool
is_full(struct tsdb *t)
{
    if (t->until_look-- && !t->full)
        return false;
    t->until_look = LOOK_EVERY;
    t->full = tsdbcore_bytes(t) > t->limits.max_bytes;
    if (t->full && !t->tried) {
        t->tried = true;
        t->full = !tsdbcollect_for_space(t);
    }
    return t->full;
}

static bool
is_bucket(const struct tsdbindex *x, struct labels set)
{
    return labels_get(set, x->le) != SYMBOLS_EMPTY &&
           slice_ends(symbols_text(x->symbols, labels_get(set, x->metric_name)), "_bucket");
}

static struct labels
without_le(const struct tsdbindex *x, struct labels set, struct label *to)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < set.n; i++)
        if (set.at[i].name != x->le)
            to[n++] = set.at[i];
    return (struct labels){to, n};
}

static uint32_t
take_slot(struct tsdb *t)
{
    t->live.series++;
    t->live.series_created++;
    return tsdbslots_take(&t->slots);
}

static uint64_t
fill_slot(struct tsdb *t, uint32_t slot, struct tsdbseries *s, uint32_t column)
{
    t->slots.at[slot].series = s;
    t->slots.at[slot].column = column;
    return tsdbslots_ref(&t->slots, slot);
}

/* A bucket joins the histogram that was begun with it, if one was. */
static uint64_t
make_series(struct tsdb *t, struct labels set)
{
    struct tsdbindex  *x = tsdbcore_index(t);
    struct tsdbseries *s = NULL;
    struct label       rest[TSDB_MAX_LABELS];
    uint32_t           siblings = 0, slot = take_slot(t);
    bool               bucket = is_bucket(x, set);

    if (bucket)
        s = tsdbindex_find_open(x, set, &t->w, &siblings);
    if (bucket && !s && siblings < TSDBINDEX_MAX_SIBLINGS)
        s = tsdbindex_add(x, &t->w, without_le(x, set, rest), true);
    if (s) {
        uint32_t column = tsdbindex_add_column(x, s, labels_get(set, x->le), slot);

        tsdbseries_widen(&t->w, s);
        return fill_slot(t, slot, s, column);
    }
    s = tsdbindex_add(x, &t->w, set, false);
    return fill_slot(t, slot, s, tsdbindex_add_column(x, s, SYMBOLS_EMPTY, slot));
}

/* What is refused leaves no text behind. */
static enum status
refuse_series(struct tsdb *t, struct err *err)
{
    if (t->live.series >= t->limits.max_series) {
        t->live.refused_series++;
        return err_set(err, STATUS_LIMIT,
                       "the source holds its maximum of %zu series: raise max_series or keep "
                       "fewer metrics",
                       t->limits.max_series);
    }
    t->until_look = 0;
    if (is_full(t)) {
        t->live.refused_series++;
        return err_set(err, STATUS_LIMIT,
                       "the source uses its maximum of %zu bytes: raise max_bytes or shorten the "
                       "retention",
                       t->limits.max_bytes);
    }
    return STATUS_OK;
}

static bool
find_texts(const struct tsdbindex *x, const struct tsdb_label *labels, size_t n, struct label *to)
{
    for (size_t i = 0; i < n; i++)
        if (!symbols_find(x->symbols, labels[i].name, &to[i].name) ||
            !symbols_find(x->symbols, labels[i].value, &to[i].value))
            return false;
    return true;
}

static enum status
add_texts(const struct tsdbindex *x, const struct tsdb_label *labels, size_t n, struct label *to,
          struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        enum status st = symbols_add(x->symbols, labels[i].name, &to[i].name, err);

        if (!st)
            st = symbols_add(x->symbols, labels[i].value, &to[i].value, err);
        if (st)
            return st;
    }
    return STATUS_OK;
}

enum status
tsdb_series(struct tsdb *t, const struct tsdb_label *labels, size_t n, uint64_t *ref,
            struct err *err)
{
    const struct tsdbindex *x = tsdbcore_index(t);
    struct tsdb_label       sorted[TSDBSET_MAX_LABELS];
    struct label            pairs[TSDB_MAX_LABELS];
    struct tsdbseries      *s = NULL;
    uint32_t                column;
    size_t                  n_sorted;
    enum status             st = tsdbset_sort(&t->limits, labels, n, sorted, &n_sorted, err);

    if (st)
        return st;
    struct labels set = {pairs, (uint32_t)n_sorted};
    if (find_texts(x, sorted, n_sorted, pairs)) {
        if (is_bucket(x, set))
            s = tsdbindex_find(x, set, false, &column);
        if (!s)
            s = tsdbindex_find(x, set, true, &column);
    }
    if (s) {
        *ref = tsdbslots_ref(&t->slots, s->columns[column].slot);
        return STATUS_OK;
    }
    st = refuse_series(t, err);
    if (!st)
        st = add_texts(tsdbcore_index(t), sorted, n_sorted, pairs, err);
    if (!st)
        *ref = make_series(t, set);
    return st;
}

static enum status
refuse(struct tsdb *t, enum tsdb_refusal why, enum status st)
{
    t->why = why;
    return st;
}

/* The clock is asked only when a time is beyond what it said last. */
static bool
is_too_far(struct tsdb *t, int64_t t_ms)
{
    if (t_ms > t->future_ms)
        t->future_ms = clock_wall_ms(t->clock) + t->limits.max_future_ms;
    return t_ms > t->future_ms;
}

static bool
is_too_old(const struct tsdb *t, int64_t t_ms)
{
    return t_ms < t->floor_ms ||
           (t->live.max_ms != INT64_MIN && t_ms < t->live.max_ms - t->limits.retention_ms);
}

/* *again: the same time and value, which is no news. */
static enum status
check(struct tsdb *t, const struct tsdbslots_one *slot, int64_t t_ms, double value, bool *again)
{
    *again = false;
    if (!slot)
        return refuse(t, TSDB_COLLECTED, STATUS_NOT_FOUND);
    switch (tsdbseries_fit(&t->w, slot->series, slot->column, t_ms, value)) {
    case TSDBSERIES_NEWER:
        break;
    case TSDBSERIES_SAME:
        *again = true;
        return STATUS_OK;
    case TSDBSERIES_DUPLICATE:
        return refuse(t, TSDB_DUPLICATE, STATUS_CONFLICT);
    case TSDBSERIES_OUT_OF_ORDER:
        /* Age comes first, as in Prometheus (tsdb/head_append.go). */
        return refuse(t, is_too_old(t, t_ms) ? TSDB_TOO_OLD : TSDB_OUT_OF_ORDER, STATUS_RANGE);
    }
    if (is_too_old(t, t_ms))
        return refuse(t, TSDB_TOO_OLD, STATUS_RANGE);
    if (is_too_far(t, t_ms))
        return refuse(t, TSDB_TOO_FAR, STATUS_RANGE);
    return STATUS_OK;
}

enum status
tsdb_check(struct tsdb *t, uint64_t ref, int64_t t_ms, double value)
{
    bool again;

    return check(t, tsdbslots_get(&t->slots, ref), t_ms, value, &again);
}

/* Labels with le where it belongs. */
static struct labels
whole_set(const struct tsdbindex *x, const struct tsdbseries *s, uint32_t column, struct label *to)
{
    if (s->columns[column].le == SYMBOLS_EMPTY)
        return (struct labels){s->labels, s->n_labels};
    memcpy(to, s->labels, s->le_at * sizeof *to);
    to[s->le_at] = (struct label){x->le, s->columns[column].le};
    memcpy(to + s->le_at + 1, s->labels + s->le_at, (s->n_labels - s->le_at) * sizeof *to);
    return (struct labels){to, s->n_labels + 1};
}

static void
copy_column(struct tsdb *t, const struct tsdbseries *from, uint32_t column, struct tsdbseries *to)
{
    const struct tsdbseries_state *st = tsdbseries_seen(from, tsdbepoch_now(&t->w.epoch));
    int64_t                        t_ms[BLOCK_MAX_ROWS];
    double                         value[BLOCK_MAX_ROWS];

    for (uint32_t b = 0; st && b < st->n; b++) {
        uint32_t n = block_read(st->at[b].block, column, INT64_MIN, INT64_MAX, t_ms, value);
        for (uint32_t i = 0; i < n; i++)
            (void)tsdbseries_append(&t->w, to, 0, t_ms[i], value[i]);
    }
    for (uint32_t row = 0; st && st->hot && row < TSDBTIMES_ROWS; row++)
        if (tsdbhot_has(st->hot, row, column))
            (void)tsdbseries_append(&t->w, to, 0, st->hot->times->t_ms[row],
                                    tsdbhot_column(st->hot, column)[row]);
}

/* A bucket whose samples do not come with the others' goes on as a series of its
 * own, with all its samples; readers that are open find it where it was. */
static void
move_out(struct tsdb *t, struct tsdbslots_one *slot)
{
    struct tsdbindex  *x = tsdbcore_index(t);
    struct tsdbseries *s = slot->series, *own;
    struct label       pairs[TSDB_MAX_LABELS + 1];
    uint32_t           column = slot->column;
    _Atomic uint64_t  *moved = atomic_load_explicit(&s->moved, memory_order_relaxed);

    own = tsdbindex_add(x, &t->w, whole_set(x, s, column, pairs), false);
    slot->column = tsdbindex_add_column(x, own, SYMBOLS_EMPTY, s->columns[column].slot);
    slot->series = own;
    copy_column(t, s, column, own);
    tsdbindex_count_out(x, s, column);
    if (!moved) {
        moved = heap_new(s->w, sizeof *moved);
        atomic_store_explicit(&s->moved, moved, memory_order_release);
    }
    atomic_store_explicit(&moved[column], tsdbepoch_now(&t->w.epoch), memory_order_release);
}

/* Scrapes come in the order in which their series were made: while one is written
 * to, those behind it are fetched. */
static inline void
look_ahead(struct tsdb *t, uint32_t slot)
{
    const struct tsdbslots *s = &t->slots;

    if (slot != t->last_slot + 1 || slot + SERIES_AHEAD >= s->n) {
        t->last_slot = slot;
        return;
    }
    t->last_slot = slot;
    __builtin_prefetch(s->at[slot + SERIES_AHEAD].series);
    const struct tsdbseries *soon = s->at[slot + SERIES_AHEAD / 2].series;
    if (soon && soon->hot) {
        __builtin_prefetch(soon->hot);
        __builtin_prefetch(soon->hot->present, 1);
    }
}

static enum status
append(struct tsdb *t, uint64_t ref, int64_t t_ms, double value)
{
    struct tsdbslots_one *slot = tsdbslots_get(&t->slots, ref);
    bool                  again;

    look_ahead(t, (uint32_t)ref - 1);
    enum status st = check(t, slot, t_ms, value, &again);

    if (st || again)
        return st;
    if (is_full(t))
        return refuse(t, TSDB_OUT_OF_SPACE, STATUS_LIMIT);
    slot = tsdbslots_get(&t->slots, ref); /* making space may have taken it */
    if (!slot)
        return refuse(t, TSDB_COLLECTED, STATUS_NOT_FOUND);
    if (!tsdbseries_append(&t->w, slot->series, slot->column, t_ms, value)) {
        move_out(t, slot);
        (void)tsdbseries_append(&t->w, slot->series, slot->column, t_ms, value);
    }
    t->live.samples_appended++;
    if (t_ms < t->live.min_ms)
        t->live.min_ms = t_ms;
    if (t_ms > t->live.max_ms)
        t->live.max_ms = t_ms;
    return STATUS_OK;
}

enum status
tsdb_append(struct tsdb *t, uint64_t ref, int64_t t_ms, double value)
{
    enum status st = append(t, ref, t_ms, value);

    if (st)
        t->live.refused[t->why]++;
    return st;
}

enum tsdb_refusal
tsdb_why(const struct tsdb *t)
{
    return t->why;
}

bool
tsdb_labels(struct tsdb *t, uint64_t ref, struct labels *out)
{
    const struct tsdbslots_one *slot = tsdbslots_get(&t->slots, ref);

    if (slot)
        *out = whole_set(tsdbcore_index(t), slot->series, slot->column, t->with_le);
    return slot;
}

const struct symbols *
tsdb_symbols(const struct tsdb *t)
{
    return tsdbcore_index(t)->symbols;
}

static void
count_bytes(struct tsdb *t)
{
    const struct tsdbindex *x = tsdbcore_index(t);

    t->live.bytes = tsdbcore_bytes(t) + t->w.epoch.retired_bytes;
    t->live.bytes_hot = t->w.bytes_hot + t->w.recent.bytes;
    t->live.bytes_sealed = t->w.bytes_sealed;
    t->live.bytes_labels = tsdbindex_label_bytes(x);
    t->live.bytes_postings = x->bytes_lists;
    t->live.samples = t->w.samples;
}

void
tsdb_commit(struct tsdb *t)
{
    tsdbepoch_commit(&t->w.epoch);
    count_bytes(t);
    (void)pthread_mutex_lock(&t->lock);
    t->published = t->live;
    (void)pthread_mutex_unlock(&t->lock);
    t->tried = false;
    t->future_ms = INT64_MIN;
}

bool
tsdb_collect(struct tsdb *t, int64_t now_ms)
{
    return tsdbcollect_some(t, now_ms, COLLECT_PORTION);
}

struct source
tsdb_source(struct tsdb *t)
{
    return (struct source){.open = tsdbreader_open, .self = t};
}

struct tsdb_stats
tsdb_stats(const struct tsdb *t)
{
    struct tsdb *mutable = (struct tsdb *)(uintptr_t)t;
    struct tsdb_stats out;

    (void)pthread_mutex_lock(&mutable->lock);
    out = t->published;
    (void)pthread_mutex_unlock(&mutable->lock);
    out.readers = tsdbepoch_readers(&mutable->w.epoch);
    return out;
}

size_t
tsdb_top(struct tsdb *t, enum tsdb_top_kind kind, struct tsdb_top *out, size_t n)
{
    return tsdbtop_run(t, kind, out, n);
}
