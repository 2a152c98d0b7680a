#include "analyzer/data.h"

#include <math.h>

/* With a told weight, this many requests expected at the canary and none seen
 * is no accident: P(0) < e^-50. */
enum { EXPECTED_BUT_ABSENT = 50 };

static bool
expected_but_absent(const struct data_facts *f)
{
    return f->weight > 0 &&
           (double)f->since_weight * f->weight / 100 >= (double)EXPECTED_BUT_ABSENT;
}

/* One label value for both versions: either the label is missing everywhere,
 * or one value covers several workloads, or traffic that must have reached the
 * canary is all booked elsewhere.  A canary that was told apart before is gone. */
static bool
indistinguishable(const struct data_facts *f)
{
    const struct ledger_sight *s = &f->sight;

    if (s->only_placeholders)
        return true;
    if (!s->canary_seen && s->n_keys > 0)
        return f->requests[ARM_CANARY] == 0 &&
               (s->most_workloads > 1 || (s->n_keys == 1 && expected_but_absent(f)));
    return s->canary_seen && !s->baseline_seen && s->n_keys == 1 && s->most_workloads > 1;
}

static bool
stale(const struct data_facts *f)
{
    for (int arm = 0; arm < ARM_COUNT; arm++)
        if (f->sight.newest_ms[arm] && f->now_ms - f->sight.newest_ms[arm] > f->max_age_ms)
            return true;
    /* A clock that went back asks for what was answered long ago. */
    if (f->counted_ms - f->now_ms > f->max_age_ms)
        return true;
    /* Series that were there and are gone: a source that scrapes in vain
     * answers with nothing, which is not the same as no traffic. */
    if (f->view_ms && f->now_ms - f->view_ms > f->max_age_ms)
        return true;
    return f->now_ms - f->snapshot_ms > f->max_age_ms;
}

enum verdict_reason
data_reason(const struct data_facts *f)
{
    uint32_t which;

    if (f->blind != REASON_NONE)
        return f->blind;
    if (!f->snapshot_ms)
        return REASON_STARTING;
    if (indistinguishable(f))
        return REASON_VERSIONS_INDISTINGUISHABLE;
    if (stale(f))
        return REASON_STALE_DATA;
    if (f->requests[ARM_CANARY] == 0)
        return REASON_NO_TRAFFIC;
    if (policy_compares(f->policy) && f->requests[ARM_BASELINE] == 0)
        return REASON_NO_BASELINE;
    if (!f->sight.canary_seen || f->now_ms - f->canary_last_ms > DATA_SILENCE_MS)
        return REASON_NO_TRAFFIC;
    /* Behind those above: a canary that is not there at all is missing data, for
     * which the policy has an answer, and no first step was ever its fault. */
    if (f->lost >= DATA_LOST_LEAST && f->lost > DATA_LOST_SHARE * f->lost_of)
        return REASON_UNATTRIBUTED_FAULTS;
    if (!policy_judges(f->policy))
        return REASON_NOT_COMPARABLE;
    if (f->judged == 0)
        return REASON_WARMING_UP;
    if (f->judged < f->policy->min_requests)
        return REASON_TOO_FEW_REQUESTS;
    if (clusters_missing(f->clusters, f->policy, f->counted_ms, DATA_SILENCE_MS, &which))
        return REASON_CLUSTER_MISSING;
    return REASON_NONE;
}

bool
data_is_missing(enum verdict_reason r)
{
    static const bool missing[REASON_COUNT] = {
        [REASON_STARTING] = true,           [REASON_NO_TRAFFIC] = true,
        [REASON_NO_BASELINE] = true,        [REASON_VERSIONS_INDISTINGUISHABLE] = true,
        [REASON_SOURCE_UNREACHABLE] = true, [REASON_SOURCE_ERROR] = true,
        [REASON_STALE_DATA] = true,         [REASON_NO_INSTANCE_LABEL] = true,
        [REASON_TOO_MANY_SERIES] = true,    [REASON_BUCKETS_DIFFER] = true,
    };

    return missing[r];
}
