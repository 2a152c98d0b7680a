/* promgen.h - random well-typed PromQL over a small world of series, from any
 * source of choices: a seeded generator or a fuzzer's bytes. */
#ifndef TESTS_SUPPORT_PROMGEN_H
#define TESTS_SUPPORT_PROMGEN_H

#include "base/text.h"
#include "promql/memsource.h"

/* Start it as {.pick = …, .self = …}. */
struct promgen {
    uint64_t (*pick)(void *self, uint64_t n); /* 0 to n - 1, n >= 1 */
    void *self;
    bool  by_value_only; /* nothing whose answer depends on the order of equals: topk, limitk */
};

/* Samples lie between 0 and this time. */
enum { PROMGEN_END_MS = 1200 * 1000, PROMGEN_MAX_DEPTH = 5 };

/* Counters a_total, gauges b and c, and the buckets h_bucket, each in a few series
 * with labels x and y; values include resets, gaps, NaN, infinities and markers
 * of staleness.  With calm, values are small and finite, and counters whole. */
void promgen_data(struct promgen *g, struct memsource *m, bool calm);

/* Append an instant vector or, sometimes, a scalar. */
void promgen_query(struct promgen *g, struct text *to);

/* Append an instant vector, at most this deep. */
void promgen_vector(struct promgen *g, struct text *to, int depth);

/* Append a selector of counters that no two share a label set without its name. */
void promgen_counters(struct promgen *g, struct text *to);

#endif
