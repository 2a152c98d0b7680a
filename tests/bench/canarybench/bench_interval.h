/* bench_interval.h - a tick as the analyzer gets it. */
#ifndef CANARYBENCH_BENCH_INTERVAL_H
#define CANARYBENCH_BENCH_INTERVAL_H

#include "analyzer/interval.h"
#include "tests/bench/canarybench/bench_world.h"

/* Start of every made-up rollout, wall milliseconds: 2023-11-14T22:13:20Z. */
#define BENCH_INTERVAL_T0 INT64_C(1700000000000)

/* Both views see the same requests; pods are the attempt view's.  *i must have been
 * filled by this function before or be all zero: it is too big to be cleared
 * for each tick. */
void bench_interval_fill(struct interval *i, const struct bench_play *p,
                         const struct bench_tick *t);

#endif
