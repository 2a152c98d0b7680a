/* tsdbhot.h - the newest rows of one series or histogram, unpacked: columns of
 * values beside the times they share with others.
 *
 * Readers look at it while the writer adds to it.  A cell is there if its bit in
 * present[] is set, and seen if its row's commit is (tsdbtimes.h).  A cell that
 * was filled after its row had been committed (half a histogram came with the
 * next request) stands in the list of late ones until every reader may see it. */
#ifndef TELEMETRY_TSDBHOT_H
#define TELEMETRY_TSDBHOT_H

#include "telemetry/tsdbepoch.h"
#include "telemetry/tsdbtimes.h"

#include <stdatomic.h>

struct tsdbhot_late {
    _Atomic uint32_t n;
    uint32_t         cap;
    struct {
        uint32_t row, column;
        uint64_t seq;
    } at[];
};

struct tsdbhot {
    struct tsdbtimes              *times; /* a reference of ours */
    uint32_t                       w, cap_w;
    _Atomic uint32_t               rows;     /* 1 + the newest row with a cell */
    _Atomic uint64_t               late_seq; /* the last commit that fills a row late */
    _Atomic(struct tsdbhot_late *) late;
    double                        *value;     /* column by column, TSDBTIMES_ROWS each */
    _Atomic uint64_t               present[]; /* of each column, a bit a row */
};

/* times: the reference is taken over. */
struct tsdbhot *tsdbhot_new(struct tsdbtimes *times, uint32_t w);
size_t          tsdbhot_bytes(const struct tsdbhot *h);
void            tsdbhot_free(struct tsdbtimes_recent *r, struct tsdbhot *h);

/* A copy with room for w columns, which takes the place of h before any reader
 * can see it. */
struct tsdbhot *tsdbhot_widen(struct tsdbhot *h, uint32_t w);

/* Writer: the cell is not there yet, and the newest of its column. */
void tsdbhot_put(struct tsdbepoch *e, struct tsdbhot *h, uint32_t row, uint32_t column,
                 double value);

static inline bool
tsdbhot_has(const struct tsdbhot *h, uint32_t row, uint32_t column)
{
    return atomic_load_explicit(&h->present[column], memory_order_relaxed) >> row & 1;
}

static inline double *
tsdbhot_column(const struct tsdbhot *h, uint32_t column)
{
    return h->value + (size_t)column * TSDBTIMES_ROWS;
}

/* Writer: rows with any cell, as bits. */
uint64_t tsdbhot_any(const struct tsdbhot *h);

/* Any thread: rows of a column within a range of times that a reader of this
 * commit sees, as bits. */
uint64_t tsdbhot_seen(const struct tsdbhot *h, uint32_t column, uint64_t seq, int64_t min_ms,
                      int64_t max_ms);

#endif
