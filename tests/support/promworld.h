/* promworld.h - a small world of random series for the queries of promgen.h. */
#ifndef TESTS_SUPPORT_PROMWORLD_H
#define TESTS_SUPPORT_PROMWORLD_H

#include "promql/memsource.h"
#include "tests/support/promgen.h"

/* Samples lie between 0 and this time. */
enum { PROMWORLD_END_MS = 1200 * 1000 };

/* Counters a_total, gauges b and c, and the buckets h_bucket, each in a few series
 * with labels x and y; values include resets, gaps, NaN, infinities and markers
 * of staleness.  With calm, values are small and finite, and counters whole. */
void promworld_fill(struct promgen *g, struct memsource *m, bool calm);

#endif
