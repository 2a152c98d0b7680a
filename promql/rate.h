/* rate.h - how much and how fast a series changed inside a window.
 *
 * Extrapolates to the window's edges the way Prometheus 3 does (extrapolatedRate
 * in promql/functions.go), so that the answers agree to the last digit.  For
 * counters a fall is a reset, not a decrease.  All need two samples
 * and answer value_absent() with fewer. */
#ifndef PROMQL_RATE_H
#define PROMQL_RATE_H

#include "promql/evalfn.h"

/* How far a window with two samples or more reaches beyond them: to its edge if the
 * gap is less than a tenth over the mean distance of the samples; else the
 * series is taken to begin or end half a distance outside. */
void rate_shape(const struct evalfn_window *w, struct evalfn_shape *out);

/* These two look at the ends of w and at its falls, at nothing between. */
double rate_per_second(const struct evalfn_window *w);
double rate_increase(const struct evalfn_window *w);

/* Of a gauge: falls count as falls. */
double rate_delta(const struct evalfn_window *w);

/* By what the growth is multiplied where no line is cut at zero (evalfn.h). */
double rate_factor(const struct evalfn_shape *shape); /* of rate_increase and rate_delta */
double rate_factor_per_second(const struct evalfn_shape *shape);

/* From the last two samples alone, not extrapolated.  value_absent() as well
 * if both bear the same time. */
double rate_instant(const struct evalfn_window *w);       /* of a counter, per second */
double rate_instant_delta(const struct evalfn_window *w); /* of a gauge, not per second */

#endif
