/* bench_mannwhitney.h - Kayenta's Mann-Whitney test, constants and slips included.
 *
 * Behaviour of kayenta-mannwhitney (spinnaker/kayenta, Apache-2.0), written anew
 * and held against its own test suite by tests/unit/canarybench. */
#ifndef CANARYBENCH_BENCH_MANNWHITNEY_H
#define CANARYBENCH_BENCH_MANNWHITNEY_H

#include "base/base.h"

/* Samples, sorted.  Borrowed. */
struct bench_mannwhitney {
    const double *experiment, *control;
    size_t        n_experiment, n_control;
};

struct bench_mannwhitney_interval {
    bool   error; /* no variance under some shift: the original throws */
    double low, high, estimate;
};

/* z of the two-sided 98 % interval. */
#define BENCH_MANNWHITNEY_98 2.3263478740408408

/* Rank-sum statistic of experiment - mu against control in standard deviations
 * (normal approximation, ties corrected, continuity .5), less z.  NaN where the
 * variance is 0. */
double bench_mannwhitney_diff(const struct bench_mannwhitney *s, double mu, double z);

/* Shift of location and its interval: roots in mu found by Brent's method to
 * an absolute 1e-4; where a bound's root is not bracketed, the end of the search
 * is the bound. */
struct bench_mannwhitney_interval bench_mannwhitney_of(const struct bench_mannwhitney *s, double z);

#endif
