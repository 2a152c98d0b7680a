/* bench_bound.h - how sure a measured share or mean is. */
#ifndef CANARYBENCH_BENCH_BOUND_H
#define CANARYBENCH_BENCH_BOUND_H

#include "base/base.h"

struct bench_bound {
    double low, high;
};

/* Wilson's interval of 95 % for k of n. */
struct bench_bound bench_bound_share(uint64_t k, uint64_t n);

/* P(X <= k) for X ~ Binomial(n, p). */
double bench_bound_cdf(uint64_t k, uint64_t n, double p);

/* Clopper and Pearson's one-sided upper bound at this level (.05: 95 %). */
double bench_bound_upper(uint64_t k, uint64_t n, double level);

/* Bootstrap interval of 95 % for the mean, 400 resamples, seeded by n. */
struct bench_bound bench_bound_mean(const double *x, size_t n);

/* Holm's step-down over m shares, all to be shown to be under limit: upper[i] is
 * the bound of share i at the level of its turn, where those after a share that
 * fails stay at that share's level.  Each is under limit exactly if Holm rejects
 * "at least limit" for it. */
void bench_bound_holm(const uint64_t *k, const uint64_t *n, size_t m, double limit, double level,
                      double *upper);

#endif
