/* counter.h - a count that any thread adds to and any thread reads: no lock, no registry. */
#ifndef BASE_COUNTER_H
#define BASE_COUNTER_H

#include "base/base.h"

#include <stdatomic.h>

/* Starts as {0}.  Orders nothing between threads: it is a figure, not a signal. */
struct counter {
    _Atomic uint64_t n;
};

static inline void
counter_add(struct counter *c, uint64_t n)
{
    atomic_fetch_add_explicit(&c->n, n, memory_order_relaxed);
}

static inline uint64_t
counter_get(const struct counter *c)
{
    return atomic_load_explicit(&c->n, memory_order_relaxed);
}

#endif
