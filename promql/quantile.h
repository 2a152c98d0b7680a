/* quantile.h - quantiles of plain values. */
#ifndef PROMQL_QUANTILE_H
#define PROMQL_QUANTILE_H

#include "base/base.h"

/* Linear between the two values around rank q * (n - 1).  Sorts v, NaN first.
 * NaN for n == 0 or a q of NaN, -Inf below 0, +Inf above 1. */
double quantile_of(double q, double *v, size_t n);

#endif
