#include "telemetry/tsdbmove.h"

#include "base/heap.h"

struct labels
tsdbmove_labels(const struct tsdbindex *x, const struct tsdbseries *s, uint32_t column,
                struct label *to)
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

void
tsdbmove_out(struct tsdb *t, struct tsdbslots_one *slot)
{
    struct tsdbindex  *x = tsdbcore_index(t);
    struct tsdbseries *s = slot->series, *own;
    struct label       pairs[TSDB_MAX_LABELS + 1];
    uint32_t           column = slot->column;
    _Atomic uint64_t  *moved = atomic_load_explicit(&s->moved, memory_order_relaxed);

    own = tsdbindex_add(x, &t->w, tsdbmove_labels(x, s, column, pairs), false);
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
