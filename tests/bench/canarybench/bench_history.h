/* bench_history.h - what a service's placebo canaries had come to before the rollout. */
#ifndef CANARYBENCH_BENCH_HISTORY_H
#define CANARYBENCH_BENCH_HISTORY_H

#include "analyzer/calibration.h"
#include "tests/bench/canarybench/bench_policy.h"
#include "tests/bench/canarybench/bench_world.h"

/* Thresholds that one made-up past gives, in both modes. */
struct bench_history {
    struct calibration_frozen strict, calibrated;
};

/* Play the world without a rollout until so many placebo windows have been seen. */
void bench_history_make(struct bench_history *h, const struct bench_world *w,
                        const struct policy *policy, double horizon_s, uint32_t windows,
                        uint64_t seed, uint64_t number);

#endif
