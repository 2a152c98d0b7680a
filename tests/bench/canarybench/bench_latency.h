/* bench_latency.h - how long requests take, seen through Envoy's buckets.
 *
 * A lognormal body of median M and shape sigma, of which a share is slower by
 * a factor.  What is known of it afterwards is the share of requests over each
 * bound. */
#ifndef CANARYBENCH_BENCH_LATENCY_H
#define CANARYBENCH_BENCH_LATENCY_H

#include "base/base.h"

/* Finite upper bounds of Istio's default buckets, milliseconds. */
enum { BENCH_LATENCY_BOUNDS = 19, BENCH_LATENCY_BUCKETS, BENCH_LATENCY_MONITORED = 6 };

struct bench_latency {
    double median_ms, sigma;
    double times;               /* all of it, 1: as it is */
    double slow_share, slow_by; /* this share of requests by this factor more */
};

double bench_latency_bound(int k);

/* Share of requests over each bound, falling. */
struct bench_latency_law {
    double over[BENCH_LATENCY_BOUNDS];
};

struct bench_latency_law bench_latency_law(const struct bench_latency *l);

/* Of requests at one bound: the quantile by Prometheus's histogram_quantile()
 * over counts of the buckets (not cumulative), NaN where there is none. */
double bench_latency_quantile(const uint64_t bucket[BENCH_LATENCY_BUCKETS], double q);

#endif
