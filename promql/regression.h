/* regression.h - the straight line through the samples of a window. */
#ifndef PROMQL_REGRESSION_H
#define PROMQL_REGRESSION_H

#include "base/base.h"

struct regression_line {
    double slope;     /* per second */
    double intercept; /* the line's value at the time asked for */
};

/* Least squares with compensated sums (linearRegression of Prometheus's
 * promql/functions.go).  n >= 2.  Equal values give slope 0 exactly, or NaN
 * where they are infinite. */
struct regression_line regression_fit(const int64_t *t_ms, const double *v, size_t n,
                                      int64_t at_ms);

#endif
