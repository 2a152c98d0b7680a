/* quantile.h - a latency quantile from bucket counts. */
#ifndef ANALYZER_QUANTILE_H
#define ANALYZER_QUANTILE_H

#include "analyzer/counts.h"

/* The true sample quantile lies in (lower_ms, upper_ms]; lower_ms is 0 in the
 * first bucket, upper_ms is +Inf in the last.  interpolated_ms is what
 * Prometheus's histogram_quantile gives on the same counts (promql/quantile.go,
 * bucketQuantile): linear inside the bucket, the highest finite bound in the
 * last. */
struct quantile {
    double lower_ms, upper_ms, interpolated_ms;
};

/* q in 0..1.  STATUS_NO_DATA: no bounds or no requests; all three are NaN. */
enum status quantile_of(const struct counts_bounds *b, const uint64_t bucket[], double q,
                        struct quantile *out) MUST_CHECK;

/* The same between bounds of latencies that are spread over their logarithms,
 * as latencies are: b_lo (b_hi / b_lo)^f in place of b_lo + (b_hi - b_lo) f; the
 * first bucket stays linear.  NaN where quantile_of() has none. */
double quantile_log(const struct counts_bounds *b, const uint64_t bucket[], double q);

#endif
