/* bench_coverage.h - do the intervals that people are shown hold what they say? */
#ifndef CANARYBENCH_BENCH_COVERAGE_H
#define CANARYBENCH_BENCH_COVERAGE_H

#include "analyzer/confidence.h"
#include "tests/bench/canarybench/bench_judge.h"
#include "tests/bench/canarybench/bench_world.h"

/* Of the canary since the rollout's start, looked at each minute. */
struct bench_coverage {
    double                  n, expected; /* requests, and faults that the truth makes of them */
    uint64_t                faults, bucket[BENCH_LATENCY_BUCKETS];
    struct confidence_ratio ratio;
};

/* Whether the truth of this rollout is one that the intervals speak about: rates
 * and latencies that no pod and no hour changes. */
bool bench_coverage_applies(const struct bench_world *w, const struct bench_effect *e);

/* Notes in out what has ever missed. */
void bench_coverage_look(struct bench_coverage *c, const struct bench_play *p,
                         const struct bench_tick *t, struct bench_outcome *out);

#endif
