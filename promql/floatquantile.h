/* floatquantile.h - quantiles of plain values. */
#ifndef PROMQL_FLOATQUANTILE_H
#define PROMQL_FLOATQUANTILE_H

#include "base/base.h"

/* Linear between the two values around rank q * (n - 1).  Sorts v, NaN first.
 * NaN for n == 0 or a q of NaN, -Inf below 0, +Inf above 1. */
double floatquantile_of(double q, double *v, size_t n);

#endif
