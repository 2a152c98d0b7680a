/* bucket.h - quantiles and fractions of a classic histogram.
 *
 * Buckets come as rising upper bounds with cumulative counts; equal bounds
 * stand next to each other and are joined here.  Both arrays are scratch
 * afterwards.  Source: promql/quantile.go of Prometheus. */
#ifndef PROMQL_BUCKET_H
#define PROMQL_BUCKET_H

#include "base/base.h"

/* Which counts had to be raised so that none is below the one before it.
 * Differences that rounding explains (1e-12 of the counts) do not show. */
struct bucket_fix {
    bool   forced;
    double low_bound, high_bound; /* first and last bucket that was raised */
    double most;                  /* by how much, at most */
};

/* Linear inside a bucket, from 0 in the first one if its bound is positive; in
 * the last one the bound below it.  NaN where q is, where the last bound is
 * not +Inf, with fewer than two buckets, or without observations; -Inf and
 * +Inf for q outside 0 to 1. */
double bucket_quantile(double q, double *bounds, double *counts, size_t n, struct bucket_fix *fix);

/* The share of observations between lower and upper, linear inside a bucket; a
 * bucket without a finite bound on one side counts for nothing.  0 unless
 * lower < upper; NaN as above, and where a limit is NaN. */
double bucket_fraction(double lower, double upper, double *bounds, double *counts, size_t n);

#endif
