/* traffic.h - seeded traffic and hand-made intervals for the checks' tests. */
#ifndef TESTS_UNIT_ANALYZER_TRAFFIC_H
#define TESTS_UNIT_ANALYZER_TRAFFIC_H

#include "analyzer/pair.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <math.h>

/* In (0, 1). */
static inline double
traffic_uniform(struct prng *r)
{
    return ((double)(prng_next(r) >> 12) + .5) * 0x1p-52;
}

/* Knuth's product of uniforms, in chunks that do not underflow. */
static inline uint64_t
traffic_poisson(struct prng *r, double mean)
{
    uint64_t n = 0;

    for (; mean > 0; mean -= 30) {
        double floor_ = exp(-fmin(mean, 30)), product = traffic_uniform(r);

        for (; product > floor_; product *= traffic_uniform(r))
            n++;
    }
    return n;
}

/* Binomial by jumping from success to success: quick for small p. */
static inline uint64_t
traffic_binomial(struct prng *r, uint64_t n, double p)
{
    uint64_t hits = 0;
    double   at = 0, log_miss = log1p(-p);

    if (p <= 0)
        return 0;
    for (;;) {
        at += 1 + floor(log(traffic_uniform(r)) / log_miss);
        if (at > (double)n)
            return hits;
        hits++;
    }
}

/* An interval that shows these counts as ok and app faults.  Intervals are
 * big: one is made and filled again and again. */
static inline void
traffic_fill(struct interval *i, enum counts_view view, int64_t start_ms, int64_t end_ms,
             const struct pair *p)
{
    i->start_ms = start_ms;
    i->end_ms = end_ms;
    i->present[view] = true;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        i->arm[view][arm].by_class[CLASS_OK] = p->n[arm] - p->x[arm];
        i->arm[view][arm].by_class[CLASS_APP] = p->x[arm];
    }
}

/* State is the same if its packing is: structs have padding. */
#define check_same_state(pack, a, b)                                                               \
    do {                                                                                           \
        struct text a_, b_;                                                                        \
                                                                                                   \
        text_init(&a_, 1 << 20);                                                                   \
        text_init(&b_, 1 << 20);                                                                   \
        pack((a), &a_);                                                                            \
        pack((b), &b_);                                                                            \
        assert_int_equal(a_.n, b_.n);                                                              \
        assert_memory_equal(a_.p, b_.p, b_.n);                                                     \
        text_release(&a_);                                                                         \
        text_release(&b_);                                                                         \
    } while (0)

/* Stop and go on: what from packs, to (already initialised with the same
 * policy) unpacks, to the last byte. */
#define check_restore(pack, unpack_, from, to)                                                     \
    do {                                                                                           \
        struct text   t_;                                                                          \
        struct unpack in_;                                                                         \
                                                                                                   \
        text_init(&t_, 1 << 20);                                                                   \
        pack((from), &t_);                                                                         \
        in_ = (struct unpack){.rest = text_slice(&t_)};                                            \
        unpack_((to), &in_);                                                                       \
        assert_false(in_.bad);                                                                     \
        assert_int_equal(in_.rest.n, 0);                                                           \
        check_same_state(pack, (from), (to));                                                      \
        text_release(&t_);                                                                         \
    } while (0)

#endif
