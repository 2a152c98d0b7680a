/* thinning.h - counts as they would be had each request been kept with a chance.
 *
 * Chance comes from a seed, so that equal calls give equal counts. */
#ifndef ANALYZER_THINNING_H
#define ANALYZER_THINNING_H

#include "base/base.h"

/* SplitMix64 (Steele, Lea and Flood 2014).  Start it with any seed. */
struct thinning {
    uint64_t state;
};

/* In (0, 1). */
double thinning_uniform(struct thinning *t);

/* Binomial(n, keep).  Few expected: by inversion; more: transformed rejection
 * (Hormann 1993, algorithm BTRS), so the time does not grow with n.
 * n at most 2^53. */
uint64_t thinning_keep(struct thinning *t, uint64_t n, double keep);

#endif
