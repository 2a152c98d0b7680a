#include "base/histogram.h"

#include <assert.h>

void
histogram_init(struct histogram *h, const double *bounds, size_t n)
{
    assert(n <= HISTOGRAM_MAX_BOUNDS);
    *h = (struct histogram){.bounds = bounds, .n_bounds = n};
}

void
histogram_observe_us(struct histogram *h, int64_t us)
{
    uint64_t took_us = us > 0 ? (uint64_t)us : 0;
    double   seconds = (double)took_us / 1e6;
    size_t   i = 0;

    while (i < h->n_bounds && seconds > h->bounds[i])
        i++;
    counter_add(&h->bucket[i], 1);
    counter_add(&h->sum_us, took_us);
}

uint64_t
histogram_count(const struct histogram *h)
{
    uint64_t n = 0;

    for (size_t i = 0; i <= h->n_bounds; i++)
        n += counter_get(&h->bucket[i]);
    return n;
}
