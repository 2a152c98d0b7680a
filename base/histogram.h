/* histogram.h - how often a time fell between which bounds: any thread, no lock. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include "base/counter.h"

enum { HISTOGRAM_MAX_BOUNDS = 16 };

/* Upper bounds in seconds, rising; the last bucket is open.  bounds is borrowed. */
struct histogram {
    const double  *bounds;
    size_t         n_bounds;
    struct counter bucket[HISTOGRAM_MAX_BOUNDS + 1]; /* each alone, not cumulative */
    struct counter sum_us;
};

/* At most HISTOGRAM_MAX_BOUNDS; before any other thread sees it. */
void histogram_init(struct histogram *h, const double *bounds, size_t n);

/* Below zero counts as zero: a clock that was set back took no time. */
void histogram_observe_us(struct histogram *h, int64_t us);

/* All observations so far. */
uint64_t histogram_count(const struct histogram *h);

#endif
