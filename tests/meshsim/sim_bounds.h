/* sim_bounds.h - upper bounds of histogram buckets, and the histograms. */
#ifndef MESHSIM_SIM_BOUNDS_H
#define MESHSIM_SIM_BOUNDS_H

#include "base/base.h"
#include "base/slice.h"

enum { SIM_BOUNDS_MAX = 31, SIM_BOUNDS_TEXT_BYTES = 16 };

/* Rising; +Inf is not among them. */
struct sim_bounds {
    size_t n;
    double le[SIM_BOUNDS_MAX];
    char   text[SIM_BOUNDS_MAX][SIM_BOUNDS_TEXT_BYTES]; /* as in le="…" */
};

extern const struct sim_bounds sim_bounds_istio;

/* Append one bound written as `text`.  STATUS_SYNTAX: not a number.
 * STATUS_RANGE: not above the last, or not finite.  STATUS_LIMIT: too many. */
enum status sim_bounds_push(struct sim_bounds *b, struct slice text) MUST_CHECK;

/* bucket[i] holds values between bound i-1 and i, not cumulated; bucket[n] is
 * what lies above the last. */
struct sim_histogram {
    uint64_t count, sum;
    uint64_t bucket[SIM_BOUNDS_MAX + 1];
};

/* exclusive: a value equal to a bound falls into the next bucket, which is
 * what Envoy does (envoyproxy/envoy issue 36549); Prometheus's definition of
 * le is inclusive. */
void sim_bounds_observe(const struct sim_bounds *b, bool exclusive, struct sim_histogram *h,
                        uint64_t value);

#endif
