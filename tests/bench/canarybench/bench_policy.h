/* bench_policy.h - policies as an operator would write them, read by the daemon's own reader. */
#ifndef CANARYBENCH_BENCH_POLICY_H
#define CANARYBENCH_BENCH_POLICY_H

#include "analyzer/policy.h"

/* What is written beyond the defaults. */
enum bench_policy {
    BENCH_POLICY_DEFAULT,
    BENCH_POLICY_SLO,     /* with objectives for success rate and p95 */
    BENCH_POLICY_WARM_5M, /* warm_up: 5m */
    BENCH_POLICY_LATENCY_10 /* latency.ratio_margin for a latency that may be 10 % higher */,
    BENCH_POLICY_COUNT
};

/* Reads all of them; ends the program with the reason if one cannot be read.
 * Before any other use. */
void bench_policy_read(void);

const struct policy *bench_policy_of(enum bench_policy p);

#endif
