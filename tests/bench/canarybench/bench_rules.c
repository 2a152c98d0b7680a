#include "tests/bench/canarybench/bench_rules.h"

#include <math.h>

enum { FLAGGER_THRESHOLD = 5, ARGO_FAILURE_LIMIT = 3, ARGO_ERROR_LIMIT = 4 };

/* A measurement without a result is an error; a good one ends the row. */
static bool
errors_end_it(uint32_t *errors, bool error)
{
    *errors = error ? *errors + 1 : 0;
    return *errors > ARGO_ERROR_LIMIT;
}

bool
bench_rules_flagger(struct bench_rules *r, const struct bench_minute *m)
{
    double ratio = m->fault_ratio[BENCH_SERIES_CANARY], p99 = m->p99_ms[BENCH_SERIES_CANARY];

    if (isnan(ratio) || 100 * (1 - ratio) < 99 || p99 > 500)
        r->flagger_failed++;
    return r->flagger_failed >= FLAGGER_THRESHOLD;
}

bool
bench_rules_argo(struct bench_rules *r, const struct bench_minute *m)
{
    double ratio = m->fault_ratio[BENCH_SERIES_CANARY], p95 = m->p95_ms[BENCH_SERIES_CANARY];

    if (!m->seen[BENCH_SERIES_CANARY])
        return errors_end_it(&r->argo_errors, true);
    r->argo_errors = 0;
    r->argo_failed[0] += !(1 - ratio >= .95);
    r->argo_failed[1] += !(p95 <= 500);
    return r->argo_failed[0] > ARGO_FAILURE_LIMIT || r->argo_failed[1] > ARGO_FAILURE_LIMIT;
}

bool
bench_rules_delta(struct bench_rules *r, const struct bench_minute *m)
{
    double more = m->fault_ratio[BENCH_SERIES_CANARY] - m->fault_ratio[BENCH_SERIES_STABLE];

    if (!m->seen[BENCH_SERIES_CANARY] || !m->seen[BENCH_SERIES_STABLE])
        return errors_end_it(&r->delta_errors, true);
    r->delta_errors = 0;
    r->delta_failed += !(more <= .01);
    return r->delta_failed > ARGO_FAILURE_LIMIT;
}
