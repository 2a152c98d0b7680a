#include "telemetry/tsdbpack.h"

#include "base/heap.h"

#include <stdlib.h>

static void
reserve(struct tsdbseries_writer *w, size_t columns)
{
    size_t cells = columns * BLOCK_MAX_ROWS;

    if (cells <= w->cap)
        return;
    free(w->value);
    free(w->absent);
    w->value = heap_new(cells, sizeof *w->value);
    w->absent = heap_new((cells + 63) / 64, sizeof *w->absent);
    w->cap = cells;
}

/* A cell that is absent gets the value above it, which packs best. */
static uint32_t
gather_column(struct tsdbseries_writer *w, const struct tsdbhot *h, uint32_t column, uint64_t rows)
{
    const double *from = tsdbhot_column(h, column);
    uint64_t      bits = atomic_load_explicit(&h->present[column], memory_order_relaxed);
    double        before = 0;
    uint32_t      n = 0;

    for (uint64_t left = rows; left; left &= left - 1) {
        uint32_t row = (uint32_t)__builtin_ctzll(left);
        size_t   at = (size_t)n++ * h->w + column;

        if (bits >> row & 1)
            before = from[row];
        else
            w->absent[at / 64] |= UINT64_C(1) << (at & 63);
        w->value[at] = before;
    }
    return (uint32_t)__builtin_popcountll(bits & rows);
}

struct block *
tsdbpack_seal(struct tsdbseries_writer *w, const struct tsdbhot *h, uint64_t rows,
              uint32_t *samples)
{
    uint32_t n = 0;

    reserve(w, h->w);
    for (uint64_t left = rows; left; left &= left - 1)
        w->t_ms[n++] = h->times->t_ms[__builtin_ctzll(left)];
    memset(w->absent, 0, ((size_t)n * h->w + 63) / 64 * sizeof *w->absent);
    *samples = 0;
    for (uint32_t k = 0; k < h->w; k++)
        *samples += gather_column(w, h, k, rows);
    return block_seal(w->t_ms, w->value, *samples < n * h->w ? w->absent : NULL, n, h->w);
}

/* How many cells are there; the others are marked in w->absent. */
static uint32_t
find_absent(struct tsdbseries_writer *w, size_t cells)
{
    uint32_t there = 0;

    memset(w->absent, 0, (cells + 63) / 64 * sizeof *w->absent);
    for (size_t at = 0; at < cells; at++) {
        if (memcmp(&w->value[at], &w->absent_mark, sizeof w->absent_mark) == 0)
            w->absent[at / 64] |= UINT64_C(1) << (at & 63);
        else
            there++;
    }
    return there;
}

struct block *
tsdbpack_merge(struct tsdbseries_writer *w, const struct tsdbseries_sealed *from)
{
    uint32_t columns = block_columns(from[0].block), rows = 0;

    reserve(w, columns);
    for (int i = 0; i < TSDBPACK_MERGE; i++)
        rows += block_read_rows(from[i].block, INT64_MIN, INT64_MAX, w->absent_mark, w->t_ms + rows,
                                w->value + (size_t)rows * columns);
    size_t cells = (size_t)rows * columns;
    bool   all = find_absent(w, cells) == cells;
    return block_seal(w->t_ms, w->value, all ? NULL : w->absent, rows, columns);
}
