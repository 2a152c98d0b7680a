#include "telemetry/tsdbadopt.h"

#include "base/heap.h"
#include "telemetry/tsdbreader.h"
#include "telemetry/tsdbselect.h"

#include <stdlib.h>

/* The series whose columns these are, all of them and in order. */
static struct tsdbseries *
whole_series(struct tsdb *t, const uint64_t *refs, uint32_t n)
{
    struct tsdbseries *s = NULL;

    for (uint32_t i = 0; i < n; i++) {
        const struct tsdbslots_one *slot = tsdbslots_get(&t->slots, refs[i]);

        if (!slot || slot->column != i || (s && slot->series != s))
            return NULL;
        s = slot->series;
    }
    return s && s->w == n ? s : NULL;
}

enum status
tsdbadopt_block(struct tsdb *t, const uint64_t *refs, uint32_t n, struct block *b)
{
    struct tsdbseries *s = whole_series(t, refs, n);
    const int64_t      last_ms = block_last_ms(b);
    uint32_t           samples = block_samples(b);

    if (!s || last_ms > clock_wall_ms(t->clock) + t->limits.max_future_ms)
        return STATUS_CONFLICT;
    if (t->live.max_ms != INT64_MIN && last_ms < t->live.max_ms - t->limits.retention_ms)
        return STATUS_RANGE;
    if (tsdbcore_bytes(t) + block_bytes(b) > t->limits.max_bytes)
        return STATUS_LIMIT;
    if (!tsdbseries_adopt(&t->w, s, b, samples))
        return STATUS_CONFLICT;
    t->live.samples_appended += samples;
    if (block_first_ms(b) < t->live.min_ms)
        t->live.min_ms = block_first_ms(b);
    if (last_ms > t->live.max_ms)
        t->live.max_ms = last_ms;
    return STATUS_OK;
}

struct tsdbadopt_parts
tsdbadopt_look(struct source_reader *r, const struct source_series *selected)
{
    uint64_t                 seq;
    const struct tsdbseries *s = tsdbreader_series(r, selected, &seq);
    struct tsdbadopt_parts   p = {.id = TSDBSELECT_ID(selected->handle),
                                  .column = TSDBSELECT_COLUMN(selected->handle),
                                  .n_columns = s->w,
                                  .state = tsdbseries_seen(s, seq),
                                  .seq = seq};

    p.n_blocks = p.state ? p.state->n : 0;
    return p;
}

const struct block *
tsdbadopt_sealed(const struct tsdbadopt_parts *p, uint32_t i)
{
    return p->state->at[i].block;
}

struct block *
tsdbadopt_hot(const struct tsdbadopt_parts *p)
{
    const struct tsdbhot *h = p->state ? p->state->hot : NULL;
    uint64_t              any = 0, *seen;
    uint32_t              rows, w = p->n_columns;
    int64_t               t_ms[TSDBTIMES_ROWS];

    if (!h)
        return NULL;
    seen = heap_new(w, sizeof *seen);
    for (uint32_t k = 0; k < w; k++)
        any |= seen[k] = tsdbhot_seen(h, k, p->seq, INT64_MIN, INT64_MAX);
    rows = (uint32_t)__builtin_popcountll(any);
    size_t    cells = (size_t)rows * w, at = 0;
    double   *value = heap_new(cells + 1, sizeof *value);
    uint64_t *absent = heap_new(cells / 64 + 1, sizeof *absent);
    for (uint64_t left = any; left; left &= left - 1) {
        int row = __builtin_ctzll(left);

        t_ms[at / w] = h->times->t_ms[row];
        for (uint32_t k = 0; k < w; k++, at++) {
            if (seen[k] >> row & 1)
                value[at] = tsdbhot_column(h, k)[row];
            else
                absent[at / 64] |= UINT64_C(1) << (at & 63);
        }
    }
    struct block *b = rows ? block_seal(t_ms, value, absent, rows, w) : NULL;
    free(seen);
    free(value);
    free(absent);
    return b;
}
