#include "analyzer/policy.h"

bool
policy_compares(const struct policy *p)
{
    return p->error_rate.on || p->latency.on || p->client_errors.on;
}

bool
policy_judges(const struct policy *p)
{
    return policy_compares(p) || p->slo.success_rate > 0 || p->slo.p95_ms > 0 ||
           p->success_rate.on || p->p95.on || p->n_limits > 0;
}

struct policy
policy_in_phase(const struct policy *p, enum phase phase)
{
    static const uint32_t comparisons =
        1u << CHECK_ERROR_RATE | 1u << CHECK_LATENCY | 1u << CHECK_CLIENT_ERRORS;
    struct policy in = *p;

    in.phase = phase;
    if (phase_compares(phase))
        return in;
    in.error_rate.on = in.latency.on = in.client_errors.on = false;
    in.required &= ~comparisons;
    in.required |= (uint32_t)(p->slo.success_rate > 0) << CHECK_SLO_SUCCESS_RATE |
                   (uint32_t)(p->slo.p95_ms > 0) << CHECK_SLO_LATENCY;
    in.required &= ~in.dry_run;
    return in;
}
