/* bench_rules.h - the threshold rules of Flagger and Argo Rollouts, a minute at a time. */
#ifndef CANARYBENCH_BENCH_RULES_H
#define CANARYBENCH_BENCH_RULES_H

#include "tests/bench/canarybench/bench_minute.h"

struct bench_rules {
    uint32_t flagger_failed;              /* never goes down during a rollout */
    uint32_t argo_failed[2], argo_errors; /* of success rate and p95; errors in a row */
    uint32_t delta_failed, delta_errors;
};

/* Flagger's defaults: request-success-rate under 99 % or request-duration's p99
 * over 500 ms, over one minute each minute; no values found counts as well;
 * threshold 5 (docs/gitbook/tutorials/istio-progressive-delivery.md, scheduler.go). */
bool bench_rules_flagger(struct bench_rules *r, const struct bench_minute *m);

/* Argo's documentation: success rate at least 95 %, and p95 at most 500 ms; each
 * minute, failureLimit 3, 0/0 fails, more than 4 errors in a row end it
 * (docs/features/analysis.md). */
bool bench_rules_argo(struct bench_rules *r, const struct bench_minute *m);

/* The same with canary less stable at most one percentage point. */
bool bench_rules_delta(struct bench_rules *r, const struct bench_minute *m);

#endif
