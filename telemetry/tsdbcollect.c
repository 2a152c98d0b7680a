#include "telemetry/tsdbcollect.h"

#include "base/heap.h"

#include <stdlib.h>

enum {
    IDLE_MS = 15 * 60 * 1000, /* without a sample: nothing stays unpacked */
    SHARE = 8,                /* of the time in memory goes when space is short */
    FEW_DEAD = 1024,
    HELD_SHARE = 4,
    LOOK_EVERY = 256, /* appends */
    SPACE_EVERY_MS = 10 * 1000,
};

static void
kill_series(struct tsdb *t, struct tsdbseries *s)
{
    struct tsdbindex *x = tsdbcore_index(t);

    for (uint32_t k = 0; k < s->w; k++) {
        if (tsdbseries_has_moved(s, k, UINT64_MAX))
            continue;
        tsdbindex_count_out(x, s, k);
        tsdbslots_give(&t->slots, s->columns[k].slot);
        t->live.series--;
        t->live.series_removed++;
    }
    tsdbseries_kill(&t->w, s);
    x->n_dead++;
}

static void
look_at(struct tsdb *t, struct tsdbseries *s, int64_t before_ms)
{
    int64_t last_ms = atomic_load_explicit(&s->last_ms, memory_order_relaxed);
    int64_t first_ms;

    if (!tsdbseries_lives(s, tsdbepoch_now(&t->w.epoch)))
        return;
    if (last_ms < before_ms) {
        /* One without samples is about to get its first. */
        if (last_ms != INT64_MIN || s->born < tsdbepoch_now(&t->w.epoch))
            kill_series(t, s);
        return;
    }
    tsdbseries_forget(&t->w, s, before_ms);
    if (last_ms < t->live.max_ms - IDLE_MS)
        tsdbseries_freeze(&t->w, s);
    first_ms = tsdbseries_first_ms(s);
    if (first_ms < t->first_ms)
        t->first_ms = first_ms;
}

static void
end_index(void *owner, void *p)
{
    (void)owner;
    tsdbindex_free(p);
}

static uint32_t
copy_text(const struct tsdbindex *from, struct tsdbindex *to, uint32_t symbol)
{
    uint32_t copy = SYMBOLS_EMPTY;

    /* Never full: all of them stood in a table of the same size. */
    (void)!symbols_add(to->symbols, symbols_text(from->symbols, symbol), &copy, NULL);
    return copy;
}

/* The same samples under symbols of a new index. */
static void
copy_series(struct tsdb *t, const struct tsdbindex *from, struct tsdbindex *to,
            const struct tsdbseries *s)
{
    struct label       pairs[TSDB_MAX_LABELS];
    struct tsdbseries *copy;
    bool               columns = s->columns[0].le != SYMBOLS_EMPTY;

    for (uint32_t i = 0; i < s->n_labels; i++)
        pairs[i] = (struct label){copy_text(from, to, s->labels[i].name),
                                  copy_text(from, to, s->labels[i].value)};
    copy = tsdbindex_add(to, &t->w, (struct labels){pairs, s->n_labels}, columns);
    copy->born = s->born;
    for (uint32_t k = 0; k < s->w; k++) {
        uint32_t le = copy_text(from, to, s->columns[k].le), slot = s->columns[k].slot;

        tsdbindex_add_column(to, copy, le, slot);
        if (!tsdbseries_has_moved(s, k, UINT64_MAX))
            t->slots.at[slot].series = copy;
    }
    _Atomic uint64_t *moved = atomic_load_explicit(&s->moved, memory_order_relaxed);
    if (moved) {
        _Atomic uint64_t *also = heap_new(s->w, sizeof *also);
        for (uint32_t k = 0; k < s->w; k++) {
            atomic_init(&also[k], atomic_load_explicit(&moved[k], memory_order_relaxed));
            if (tsdbseries_has_moved(s, k, UINT64_MAX))
                tsdbindex_count_out(to, copy, k);
        }
        atomic_init(&copy->moved, also);
    }
    copy->hot = s->hot;
    atomic_init(&copy->state, atomic_load_explicit(&s->state, memory_order_relaxed));
    atomic_init(&copy->last_ms, atomic_load_explicit(&s->last_ms, memory_order_relaxed));
}

static void
renew_index(struct tsdb *t)
{
    struct tsdbindex *old = tsdbcore_index(t);
    struct tsdbindex *x = tsdbindex_new(tsdbepoch_now(&t->w.epoch), t->limits.max_bytes);
    uint32_t          n = atomic_load_explicit(&old->n_series, memory_order_relaxed);

    for (uint32_t id = 0; id < n; id++) {
        const struct tsdbseries *s = tsdbindex_series(old, id);

        if (tsdbseries_lives(s, tsdbepoch_now(&t->w.epoch)))
            copy_series(t, old, x, s);
    }
    x->older = old->born == x->born ? old->older : old;
    atomic_store_explicit(&t->index, x, memory_order_release);
    tsdbepoch_retire(&t->w.epoch, old, tsdbindex_label_bytes(old) + old->bytes_lists, end_index,
                     NULL);
}

static int64_t
oldest_allowed(const struct tsdb *t, int64_t now_ms)
{
    int64_t newest = t->live.max_ms < now_ms ? t->live.max_ms : now_ms;

    if (newest < INT64_MIN + t->limits.retention_ms)
        return t->floor_ms;
    newest -= t->limits.retention_ms;
    return newest > t->floor_ms ? newest : t->floor_ms;
}

static void
raise_floor(struct tsdb *t)
{
    int64_t from = t->live.min_ms > t->floor_ms ? t->live.min_ms : t->floor_ms;

    if (t->live.max_ms > from)
        t->floor_ms = from + (t->live.max_ms - from) / SHARE + 1;
}

static void
finish_round(struct tsdb *t)
{
    const struct tsdbindex *x = tsdbcore_index(t);
    uint32_t                n = atomic_load_explicit(&x->n_series, memory_order_relaxed);

    t->cursor = 0;
    if (t->first_ms != INT64_MAX)
        t->live.min_ms = t->first_ms;
    t->first_ms = INT64_MAX;
    if (x->n_dead > FEW_DEAD && x->n_dead > n / 2)
        renew_index(t);
}

static bool
look_at_some(struct tsdb *t, int64_t now_ms, uint32_t portion)
{
    const struct tsdbindex *x = tsdbcore_index(t);
    uint32_t                n = atomic_load_explicit(&x->n_series, memory_order_relaxed);

    for (; t->cursor < n && portion; t->cursor++, portion--)
        look_at(t, tsdbindex_series(x, t->cursor), oldest_allowed(t, now_ms));
    if (t->cursor < n)
        return true;
    finish_round(t);
    return false;
}

bool
tsdbcollect_some(struct tsdb *t, int64_t now_ms, uint32_t portion)
{
    if (t->cursor == 0 && tsdbcore_bytes(t) > t->limits.max_bytes)
        raise_floor(t);
    return look_at_some(t, now_ms, portion);
}

static bool
make_space(struct tsdb *t)
{
    size_t enough = t->limits.max_bytes - t->limits.max_bytes / 16;

    for (int i = 0; i < SHARE && tsdbcore_bytes(t) > enough; i++) {
        t->cursor = 0;
        raise_floor(t);
        (void)look_at_some(t, INT64_MAX, UINT32_MAX);
    }
    return tsdbcore_bytes(t) <= t->limits.max_bytes;
}

bool
tsdbcollect_full(struct tsdb *t)
{
    if (t->until_look && !t->full) {
        t->until_look--;
        return false;
    }
    t->until_look = LOOK_EVERY;
    /* What readers hold cannot be made less here: whoever writes has to wait. */
    if (t->w.epoch.retired_bytes > t->limits.max_bytes / HELD_SHARE)
        return t->full = true;
    t->full = tsdbcore_bytes(t) > t->limits.max_bytes;
    /* All series are looked at then: not too often. */
    if (t->full && t->live.max_ms >= t->space_ms) {
        t->space_ms = t->live.max_ms + SPACE_EVERY_MS;
        t->full = !make_space(t);
    }
    return t->full;
}
