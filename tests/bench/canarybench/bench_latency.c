#include "tests/bench/canarybench/bench_latency.h"

#include <math.h>

/* Istio's histogram buckets are Envoy's (source/common/stats/histogram_impl.cc). */
static const double bounds_ms[BENCH_LATENCY_BOUNDS] = {
    .5,   1,    5,     10,    25,    50,     100,    250,     500,    1000,
    2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000};

double
bench_latency_bound(int k)
{
    return k < BENCH_LATENCY_BOUNDS ? bounds_ms[k] : INFINITY;
}

static double
over(double bound_ms, double median_ms, double sigma)
{
    return .5 * erfc(log(bound_ms / median_ms) / sigma * M_SQRT1_2);
}

struct bench_latency_law
bench_latency_law(const struct bench_latency *l)
{
    struct bench_latency_law law;
    double                   median_ms = l->median_ms * l->times;

    for (int k = 0; k < BENCH_LATENCY_BOUNDS; k++) {
        law.over[k] = over(bounds_ms[k], median_ms, l->sigma);
        if (l->slow_share > 0)
            law.over[k] = (1 - l->slow_share) * law.over[k] +
                          l->slow_share * over(bounds_ms[k], median_ms * l->slow_by, l->sigma);
    }
    return law;
}

/* promql/quantile.go, BucketQuantile: linear inside a bucket, the first from 0;
 * what lies in the last has the highest finite bound. */
double
bench_latency_quantile(const uint64_t bucket[BENCH_LATENCY_BUCKETS], double q)
{
    double all = 0, below = 0, rank;
    int    k;

    for (k = 0; k < BENCH_LATENCY_BUCKETS; k++)
        all += (double)bucket[k];
    if (all <= 0)
        return NAN;
    rank = q * all;
    for (k = 0; k < BENCH_LATENCY_BOUNDS && below + (double)bucket[k] < rank; k++)
        below += (double)bucket[k];
    if (k == BENCH_LATENCY_BOUNDS)
        return bounds_ms[BENCH_LATENCY_BOUNDS - 1];
    if (bucket[k] == 0)
        return bounds_ms[k];
    return (k ? bounds_ms[k - 1] : 0) +
           (bounds_ms[k] - (k ? bounds_ms[k - 1] : 0)) * (rank - below) / (double)bucket[k];
}
