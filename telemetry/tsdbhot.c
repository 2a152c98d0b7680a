#include "telemetry/tsdbhot.h"

#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_LATE = 8 };

static size_t
head_bytes(uint32_t w)
{
    return sizeof(struct tsdbhot) + w * sizeof(uint64_t);
}

struct tsdbhot *
tsdbhot_new(struct tsdbtimes *times, uint32_t w)
{
    size_t          head = head_bytes(w);
    struct tsdbhot *h = heap_new(1, head + (size_t)w * TSDBTIMES_ROWS * sizeof(double));

    h->times = times;
    h->w = h->cap_w = w;
    h->value = (double *)(void *)((char *)h + head);
    return h;
}

size_t
tsdbhot_bytes(const struct tsdbhot *h)
{
    return tsdbepoch_cost(head_bytes(h->cap_w) +
                          (size_t)h->cap_w * TSDBTIMES_ROWS * sizeof(double));
}

void
tsdbhot_free(struct tsdbtimes_recent *r, struct tsdbhot *h)
{
    if (!h)
        return;
    free(atomic_load_explicit(&h->late, memory_order_relaxed));
    tsdbtimes_unref(r, h->times);
    free(h);
}

struct tsdbhot *
tsdbhot_widen(struct tsdbhot *h, uint32_t w)
{
    struct tsdbhot *wide = tsdbhot_new(h->times, w);

    for (uint32_t k = 0; k < h->w; k++) {
        atomic_init(&wide->present[k], atomic_load_explicit(&h->present[k], memory_order_relaxed));
        memcpy(tsdbhot_column(wide, k), tsdbhot_column(h, k), TSDBTIMES_ROWS * sizeof(double));
    }
    atomic_init(&wide->rows, atomic_load_explicit(&h->rows, memory_order_relaxed));
    atomic_init(&wide->late_seq, atomic_load_explicit(&h->late_seq, memory_order_relaxed));
    atomic_init(&wide->late, atomic_load_explicit(&h->late, memory_order_relaxed));
    wide->w = h->w;
    free(h);
    return wide;
}

static void
end_late(void *owner, void *p)
{
    (void)owner;
    free(p);
}

/* Entries that every reader may see by now are left behind. */
static struct tsdbhot_late *
more_late(struct tsdbepoch *e, struct tsdbhot *h, struct tsdbhot_late *old)
{
    uint32_t n = old ? atomic_load_explicit(&old->n, memory_order_relaxed) : 0, left = 0;

    for (uint32_t i = 0; i < n; i++)
        left += old->at[i].seq > e->oldest;
    uint32_t             cap = left * 2 > FIRST_LATE ? left * 2 : FIRST_LATE;
    struct tsdbhot_late *late = heap_new(1, sizeof *late + cap * sizeof late->at[0]);
    uint32_t             kept = 0;

    late->cap = cap;
    for (uint32_t i = 0; i < n; i++)
        if (old->at[i].seq > e->oldest)
            late->at[kept++] = old->at[i];
    atomic_init(&late->n, kept);
    atomic_store_explicit(&h->late, late, memory_order_release);
    if (old)
        tsdbepoch_retire(e, old, 0, end_late, NULL);
    return late;
}

/* Before the cell is there: who sees it must find it here. */
static void
note_late(struct tsdbepoch *e, struct tsdbhot *h, uint32_t row, uint32_t column)
{
    struct tsdbhot_late *late = atomic_load_explicit(&h->late, memory_order_relaxed);
    uint64_t             seq = tsdbepoch_now(e);
    uint32_t             n = late ? atomic_load_explicit(&late->n, memory_order_relaxed) : 0;

    if (!late || n == late->cap) {
        late = more_late(e, h, late);
        n = atomic_load_explicit(&late->n, memory_order_relaxed);
    }
    late->at[n].row = row;
    late->at[n].column = column;
    late->at[n].seq = seq;
    atomic_store_explicit(&late->n, n + 1, memory_order_release);
    atomic_store_explicit(&h->late_seq, seq, memory_order_release);
}

void
tsdbhot_put(struct tsdbepoch *e, struct tsdbhot *h, uint32_t row, uint32_t column, double value)
{
    uint64_t bits = atomic_load_explicit(&h->present[column], memory_order_relaxed);

    if (h->times->seq[row] != tsdbepoch_now(e))
        note_late(e, h, row, column);
    tsdbhot_column(h, column)[row] = value;
    atomic_store_explicit(&h->present[column], bits | UINT64_C(1) << row, memory_order_release);
    if (row >= atomic_load_explicit(&h->rows, memory_order_relaxed))
        atomic_store_explicit(&h->rows, row + 1, memory_order_release);
}

uint64_t
tsdbhot_any(const struct tsdbhot *h)
{
    uint64_t any = 0;

    for (uint32_t k = 0; k < h->w; k++)
        any |= atomic_load_explicit(&h->present[k], memory_order_relaxed);
    return any;
}

/* Late cells of a column are its newest, so what a reader sees ends at the first
 * that it must not. */
static uint64_t
without_late(const struct tsdbhot *h, uint32_t column, uint64_t seq, uint64_t bits)
{
    const struct tsdbhot_late *late = atomic_load_explicit(&h->late, memory_order_acquire);
    uint32_t                   n = atomic_load_explicit(&late->n, memory_order_acquire);

    for (uint32_t i = 0; i < n; i++)
        if (late->at[i].column == column && late->at[i].seq > seq)
            bits &= (UINT64_C(1) << late->at[i].row) - 1;
    return bits;
}

/* Rows before the first with a time (of n) after t_ms. */
static uint32_t
rows_until(const struct tsdbtimes *t, uint32_t n, int64_t t_ms)
{
    uint32_t lo = 0, hi = n;

    if (!n || t->t_ms[n - 1] <= t_ms)
        return n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (t->t_ms[mid] <= t_ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint64_t
tsdbhot_seen(const struct tsdbhot *h, uint32_t column, uint64_t seq, int64_t min_ms, int64_t max_ms)
{
    const struct tsdbtimes *t = h->times;
    uint32_t                n = atomic_load_explicit(&h->rows, memory_order_acquire);
    uint64_t                bits = atomic_load_explicit(&h->present[column], memory_order_acquire);

    while (n && t->seq[n - 1] > seq)
        n--;
    n = rows_until(t, n, max_ms);
    if (n < TSDBTIMES_ROWS)
        bits &= (UINT64_C(1) << n) - 1;
    if (n && t->t_ms[0] < min_ms) {
        uint32_t from = rows_until(t, n, min_ms - 1);

        bits = from < TSDBTIMES_ROWS ? bits & UINT64_MAX << from : 0;
    }
    if (bits && atomic_load_explicit(&h->late_seq, memory_order_acquire) > seq)
        bits = without_late(h, column, seq, bits);
    return bits;
}
