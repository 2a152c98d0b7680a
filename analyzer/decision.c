#include "analyzer/decision.h"

#include "analyzer/sentence.h"

static bool
counts_for_something(const struct check_result *c)
{
    return c->configured && !c->dry_run;
}

static struct view_answer
answer(const struct run *r, enum verdict v, enum verdict_reason why, int64_t now_ms)
{
    struct view_answer a = {.verdict = v, .reason = why};

    sentence_write(r, &a, now_ms);
    return a;
}

/* The first check, in the order of check.def, that gives this verdict; HOLD
 * counts only where passing is required. */
static const struct check_result *
first_with(const struct run *r, enum verdict v)
{
    for (int c = 0; c < CHECK_COUNT; c++) {
        const struct check_result *k = &r->checks[c];

        if (c != CHECK_DATA && counts_for_something(k) && k->verdict == v &&
            (v != VERDICT_HOLD || k->required))
            return k;
    }
    return NULL;
}

struct view_answer
decision_of_checks(const struct run *r, int64_t now_ms)
{
    const struct check_result *data = &r->checks[CHECK_DATA];
    const struct check_result *k;

    k = first_with(r, VERDICT_ABORT);
    if (k)
        return answer(r, VERDICT_ABORT, k->reason, now_ms);
    if (data->verdict == VERDICT_HOLD && data_is_missing(data->reason)) {
        if (data->reason == REASON_NO_TRAFFIC && r->policy->no_traffic_passes)
            return answer(r, VERDICT_PASS, REASON_NO_TRAFFIC_PASSES, now_ms);
        return answer(r, VERDICT_HOLD, data->reason, now_ms);
    }
    k = first_with(r, VERDICT_FAIL);
    if (k)
        return answer(r, VERDICT_FAIL, k->reason, now_ms);
    if (data->verdict == VERDICT_HOLD)
        return answer(r, VERDICT_HOLD, data->reason, now_ms);
    k = first_with(r, VERDICT_HOLD);
    if (k)
        return answer(r, VERDICT_HOLD, k->reason, now_ms);
    return answer(r, VERDICT_PASS, REASON_PROVEN, now_ms);
}

struct view_answer
decision_of_step(const struct run *r, const struct view_answer *promote, int64_t now_ms)
{
    const struct policy *p = r->policy;
    enum verdict_reason  data = r->checks[CHECK_DATA].reason;
    int64_t              stage_ms = r->weight_ms ? r->weight_ms : r->canary_first_ms;

    if (p->advance == POLICY_ADVANCE_PROVEN || promote->verdict != VERDICT_HOLD)
        return *promote;
    if (promote->reason == REASON_MAX_HOLD || promote->reason == REASON_ADVISORY)
        return *promote;
    if (data != REASON_NONE)
        return *promote;
    if (r->since_weight[ARM_CANARY] < p->min_requests)
        return answer(r, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, now_ms);
    if (now_ms - stage_ms < p->stage_min_time_ms)
        return answer(r, VERDICT_HOLD, REASON_STAGE_MIN_TIME, now_ms);
    return answer(r, VERDICT_PASS, REASON_UNHARMED, now_ms);
}

static enum verdict
after_max_hold(const struct run *r, enum verdict_reason why)
{
    const struct policy *p = r->policy;

    if (data_is_missing(why) && p->no_data != VERDICT_HOLD)
        return p->no_data;
    return p->max_hold_then;
}

struct view_answer
decision_told(const struct run *r, const struct view_answer *found, int64_t now_ms)
{
    const struct policy *p = r->policy;
    struct view_answer   told = *found;

    if (told.verdict == VERDICT_HOLD && p->max_hold_ms && r->hold_since_ms &&
        now_ms - r->hold_since_ms >= p->max_hold_ms) {
        enum verdict then = after_max_hold(r, found->reason);

        if (then != VERDICT_HOLD)
            told = answer(
                r, then, data_is_missing(found->reason) ? REASON_NO_DATA : REASON_MAX_HOLD, now_ms);
    }
    if (p->mode != POLICY_ENFORCE && told.verdict >= VERDICT_FAIL) {
        enum verdict instead = p->mode == POLICY_ADVISE_PASS ? VERDICT_PASS : VERDICT_HOLD;

        told = answer(r, instead, REASON_ADVISORY, now_ms);
    }
    return told;
}
