#include "telemetry/tsdb.h"

#include "base/heap.h"
#include "telemetry/tsdbcollect.h"
#include "telemetry/tsdbenter.h"
#include "telemetry/tsdbmove.h"
#include "telemetry/tsdbreader.h"
#include "telemetry/tsdbtop.h"

#include <stdlib.h>

enum {
    DEFAULT_SERIES = 1000 * 1000,
    DEFAULT_LABELS = 64,
    DEFAULT_LABEL_BYTES = 4096,
    SERIES_AHEAD = 24,
    COLLECT_PORTION = 4096, /* series */
};

#define DEFAULT_BYTES ((size_t)2 << 30)
#define DEFAULT_RETENTION_MS (INT64_C(2) * 3600 * 1000)
#define DEFAULT_FUTURE_MS (INT64_C(10) * 60 * 1000)
#define LONGEST_MS (INT64_MAX / 4)

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
    /* Sums with times do not overflow. */
    if (l.retention_ms > LONGEST_MS)
        l.retention_ms = LONGEST_MS;
    if (l.max_future_ms > LONGEST_MS)
        l.max_future_ms = LONGEST_MS;
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
    t->live.max_ms = t->future_ms = t->floor_ms = t->space_ms = INT64_MIN;
    t->published = t->live;
    t->with_le = heap_new(TSDB_MAX_LABELS + 1, sizeof *t->with_le);
    return t;
}

void
tsdb_limit(struct tsdb *t, const struct tsdb_limits *limits)
{
    t->limits = with_defaults(*limits);
    symbols_limit(tsdbcore_index(t)->symbols, t->limits.max_bytes);
    t->future_ms = t->space_ms = INT64_MIN;
    t->until_look = 0;
    t->full = false;
}

void
tsdb_hide(struct tsdb *t, bool hidden)
{
    atomic_store_explicit(&t->hidden, hidden, memory_order_release);
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

enum status
tsdb_series(struct tsdb *t, const struct tsdb_label *labels, size_t n, uint64_t *ref,
            struct err *err)
{
    return tsdbenter_series(t, labels, n, ref, err);
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
    return t_ms < t->floor_ms || t_ms < -LONGEST_MS ||
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
    if (!t->reserved && tsdbcollect_full(t))
        return refuse(t, TSDB_OUT_OF_SPACE, STATUS_LIMIT);
    slot = tsdbslots_get(&t->slots, ref); /* making space may have taken it */
    if (!slot)
        return refuse(t, TSDB_COLLECTED, STATUS_NOT_FOUND);
    if (!tsdbseries_append(&t->w, slot->series, slot->column, t_ms, value)) {
        tsdbmove_out(t, slot);
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

enum status
tsdb_reserve(struct tsdb *t)
{
    t->until_look = 0;
    t->reserved = !tsdbcollect_full(t);
    if (t->reserved)
        return STATUS_OK;
    t->live.refused[TSDB_OUT_OF_SPACE]++;
    return refuse(t, TSDB_OUT_OF_SPACE, STATUS_LIMIT);
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
        *out = tsdbmove_labels(tsdbcore_index(t), slot->series, slot->column, t->with_le);
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
    t->reserved = false;
    count_bytes(t);
    (void)pthread_mutex_lock(&t->lock);
    t->published = t->live;
    (void)pthread_mutex_unlock(&t->lock);
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
