#include "telemetry/tsdbreader.h"

#include "base/heap.h"
#include "telemetry/block.h"
#include "telemetry/tsdbselect.h"

#include <stdlib.h>

enum { SHARED_TIMES = 8, SHARED_BYTES = 8 << 20, MEMOS = 4 };

struct reader {
    struct source_reader    base;
    struct tsdb            *t;
    const struct tsdbindex *x;
    struct tsdbepoch_pin    pin;
    /* Times that were unpacked: series scraped together get the same ones again,
     * so that whoever evaluates finds its windows once. */
    struct arena         arena;
    struct source_column times[SHARED_TIMES];
    uint32_t             oldest;
    struct block_memo   *memo; /* MEMOS; of the blocks that the last series had; NULL: not yet */
};

static enum status
reader_select(struct source_reader *base, const struct source_query *q, struct arena *a,
              struct source_selection *out, struct err *err)
{
    struct reader *r = (struct reader *)base;

    return tsdbselect_run(r->x, r->pin.seq, q, a, out, err);
}

static size_t
reader_estimate(struct source_reader *base, const struct source_query *q)
{
    return tsdbselect_estimate(((struct reader *)base)->x, q);
}

static const int64_t *
share_times(struct reader *r, const int64_t *t_ms, size_t n)
{
    for (size_t i = 0; i < SHARED_TIMES; i++)
        if (r->times[i].n == n && r->times[i].t_ms[0] == t_ms[0] &&
            memcmp(r->times[i].t_ms, t_ms, n * sizeof *t_ms) == 0)
            return r->times[i].t_ms;
    if (r->arena.total_bytes + n * sizeof *t_ms > SHARED_BYTES)
        return t_ms;
    int64_t *copy = arena_array(&r->arena, n, sizeof *copy);
    memcpy(copy, t_ms, n * sizeof *t_ms);
    r->times[r->oldest++ % SHARED_TIMES] = (struct source_column){copy, NULL, n};
    return copy;
}

/* Hot rows lie in memory as columns where none is missing. */
static bool
lend(const struct tsdbhot *h, uint32_t column, uint64_t bits, struct source_column *out)
{
    int first = bits ? __builtin_ctzll(bits) : 0;

    if ((bits >> first) & ((bits >> first) + 1))
        return false;
    *out = (struct source_column){h->times->t_ms + first, tsdbhot_column(h, column) + first,
                                  (size_t)__builtin_popcountll(bits)};
    return true;
}

static size_t
copy_hot(const struct tsdbhot *h, uint32_t column, uint64_t bits, int64_t *t_ms, double *value)
{
    const double *from = tsdbhot_column(h, column);
    size_t        n = 0;

    for (; bits; bits &= bits - 1) {
        int row = __builtin_ctzll(bits);

        t_ms[n] = h->times->t_ms[row];
        value[n++] = from[row];
    }
    return n;
}

static void
unpack(struct reader *r, const struct tsdbseries_state *st, uint32_t column, int64_t min_ms,
       int64_t max_ms, uint64_t bits, struct source_scratch *scratch, struct source_column *out)
{
    uint32_t first = st->n;
    size_t   room = TSDBTIMES_ROWS, n = 0;

    while (first && block_last_ms(st->at[first - 1].block) >= min_ms)
        room += block_rows(st->at[--first].block);
    source_scratch_reserve(scratch, room);
    if (!r->memo)
        r->memo = heap_new(MEMOS, sizeof *r->memo);
    for (uint32_t i = first; i < st->n; i++)
        n += block_read_next(&r->memo[i % MEMOS], st->at[i].block, column, min_ms, max_ms,
                             scratch->t_ms + n, scratch->value + n);
    if (st->hot)
        n += copy_hot(st->hot, column, bits, scratch->t_ms + n, scratch->value + n);
    *out = (struct source_column){scratch->t_ms, scratch->value, n};
}

/* Whether all samples from min_ms on are hot. */
static bool
is_hot(const struct tsdbseries_state *st, uint32_t column, int64_t min_ms)
{
    uint64_t bits =
        st->hot ? atomic_load_explicit(&st->hot->present[column], memory_order_acquire) : 0;

    return !st->n || (bits && st->hot->times->t_ms[__builtin_ctzll(bits)] <= min_ms);
}

static enum status
reader_read(struct source_reader *base, const struct source_series *which, int64_t min_ms,
            int64_t max_ms, struct source_scratch *scratch, struct source_column *out,
            struct err *err)
{
    struct reader                 *r = (struct reader *)base;
    uint32_t                       column = TSDBSELECT_COLUMN(which->handle);
    const struct tsdbseries       *s = tsdbindex_series(r->x, TSDBSELECT_ID(which->handle));
    const struct tsdbseries_state *st = tsdbseries_seen(s, r->pin.seq);
    uint64_t                       bits = 0;

    (void)err; /* nothing can fail */
    *out = (struct source_column){0};
    if (!st || min_ms > max_ms)
        return STATUS_OK;
    if (st->hot)
        bits = tsdbhot_seen(st->hot, column, r->pin.seq, min_ms, max_ms);
    if (is_hot(st, column, min_ms) && (!bits || lend(st->hot, column, bits, out)))
        return STATUS_OK;
    unpack(r, st, column, min_ms, max_ms, bits, scratch, out);
    if (out->n)
        out->t_ms = share_times(r, out->t_ms, out->n);
    return STATUS_OK;
}

const struct tsdbseries *
tsdbreader_series(struct source_reader *base, const struct source_series *which, uint64_t *seq)
{
    struct reader *r = (struct reader *)base;

    *seq = r->pin.seq;
    return tsdbindex_series(r->x, TSDBSELECT_ID(which->handle));
}

static void
reader_close(struct source_reader *base)
{
    struct reader *r = (struct reader *)base;

    tsdbepoch_unpin(&r->t->w.epoch, &r->pin);
    arena_release(&r->arena);
    free(r->memo);
    free(r);
}

const struct tsdbindex *
tsdbreader_index(const struct tsdb *t, uint64_t seq)
{
    const struct tsdbindex *x = atomic_load_explicit(&t->index, memory_order_acquire);

    while (x->born > seq)
        x = x->older;
    return x;
}

enum status
tsdbreader_open(void *self, struct source_reader **out, struct err *err)
{
    struct tsdb   *t = self;
    struct reader *r;

    if (atomic_load_explicit(&t->hidden, memory_order_acquire))
        return err_set(err, STATUS_UNREACHABLE,
                       "series of before the restart are still being loaded; ask again");
    r = heap_new(1, sizeof *r);
    r->t = t;
    tsdbepoch_pin(&t->w.epoch, &r->pin);
    r->x = tsdbreader_index(t, r->pin.seq);
    r->base = (struct source_reader){.symbols = r->x->symbols,
                                     .select = reader_select,
                                     .read = reader_read,
                                     .estimate = reader_estimate,
                                     .close = reader_close};
    *out = &r->base;
    return STATUS_OK;
}
