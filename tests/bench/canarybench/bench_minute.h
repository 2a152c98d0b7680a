/* bench_minute.h - the rollout in points of a minute, as range queries give them. */
#ifndef CANARYBENCH_BENCH_MINUTE_H
#define CANARYBENCH_BENCH_MINUTE_H

#include "tests/bench/canarybench/bench_world.h"

enum { BENCH_MINUTE_MS = 60000, BENCH_MINUTE_MOST = 120 };

enum bench_series { BENCH_SERIES_CANARY, BENCH_SERIES_STABLE, BENCH_SERIES_EQUAL, BENCH_SERIES };

struct bench_minute {
    bool     seen[BENCH_SERIES]; /* the query finds series */
    uint64_t requests[BENCH_SERIES], faults[BENCH_SERIES];
    uint64_t slow[BENCH_SERIES]; /* over bench_play.slow */
    uint64_t bucket[BENCH_SERIES][BENCH_LATENCY_BUCKETS];
    /* NaN without requests. */
    double fault_ratio[BENCH_SERIES], p95_ms[BENCH_SERIES], p99_ms[BENCH_SERIES];
};

struct bench_minutes {
    uint32_t            n; /* complete ones */
    struct bench_minute at[BENCH_MINUTE_MOST];
};

/* True: a minute is complete with this interval. */
bool bench_minute_add(struct bench_minutes *m, struct bench_play *p, const struct bench_tick *t);

#endif
