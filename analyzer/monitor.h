/* monitor.h - which latency bounds a run compares, from what the baseline has
 * served before it: the first ones that at most half of its requests exceed,
 * so that its median, its tail and what lies beyond are seen (a bound that more
 * exceed says little by a ratio).  Predictable, so that tests on exceedances
 * remain valid. */
#ifndef ANALYZER_MONITOR_H
#define ANALYZER_MONITOR_H

#include "analyzer/interval.h"

enum { MONITOR_LEAST_TIMED = 200 }; /* requests: fewer say nothing about a share */

/* cumulative: requests at or under each bound.  n of the result is 0 where they
 * are too few, or no finite bound is exceeded by half of them or less. */
struct interval_monitored monitor_choose(const struct counts_bounds *bounds,
                                         const uint64_t              cumulative[]);

#endif
