/* overtime.h - what the values of one window come to.
 *
 * n >= 1 everywhere.  The order of operations is Prometheus's
 * (promql/functions.go), so that the digits are. */
#ifndef PROMQL_OVERTIME_H
#define PROMQL_OVERTIME_H

#include "base/base.h"

double overtime_sum(const double *v, size_t n);
double overtime_avg(const double *v, size_t n);
double overtime_variance(const double *v, size_t n); /* of the population */

/* NaN loses to every number.  The index is that of the last of equals. */
double overtime_min(const double *v, size_t n);
double overtime_max(const double *v, size_t n);
size_t overtime_min_index(const double *v, size_t n);
size_t overtime_max_index(const double *v, size_t n);

/* scratch holds n values; v is left alone. */
double overtime_quantile(double q, const double *v, size_t n, double *scratch);

/* Median absolute deviation; NaN if any value is. */
double overtime_mad(const double *v, size_t n, double *scratch);

/* How often the value changed.  NaN after NaN is no change. */
double overtime_changes(const double *v, size_t n);

/* Holt's double exponential smoothing, both factors in (0, 1); n >= 2. */
double overtime_smooth(const double *v, size_t n, double smoothing, double trend);

#endif
