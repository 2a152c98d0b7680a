#include "analyzer/decision.h"

#include "analyzer/sentence.h"

#include <stdio.h>

static bool
counts_for_something(const struct check_result *c)
{
    return c->configured && !c->dry_run;
}

/* by: the check that decided, CHECK_COUNT where it was none of them. */
static struct view_answer
answer(const struct run *r, enum verdict v, enum verdict_reason why, enum check by, int64_t now_ms)
{
    struct view_answer a = {.verdict = v, .reason = why};

    sentence_write(r, &a, by, now_ms);
    return a;
}

/* What this check says, in its own words. */
static struct view_answer
answer_of(const struct run *r, enum check c, int64_t now_ms)
{
    return answer(r, r->checks[c].verdict, r->checks[c].reason, c, now_ms);
}

/* What nobody promotes over, whether the check is required or not. */
static bool
holds_always(enum verdict_reason why)
{
    static const enum verdict_reason reasons[] = {
        REASON_SHARED_INCIDENT,   REASON_MASKED_BY_RETRIES, REASON_ROUTING_MISMATCH,
        REASON_BREAKER_OPEN,      REASON_HOSTS_EJECTED,     REASON_CONNECTIONS_FAILING,
        REASON_RETRIES_AMPLIFIED,
    };

    for (size_t k = 0; k < ARRAY_LEN(reasons); k++)
        if (reasons[k] == why)
            return true;
    return false;
}

/* The first check, in the order of check.def, that gives this verdict, or
 * CHECK_COUNT; HOLD counts only where passing is required. */
static enum check
first_with(const struct run *r, enum verdict v)
{
    enum check c = 0;

    for (; c < CHECK_COUNT; c++) {
        const struct check_result *k = &r->checks[c];

        if (c != CHECK_DATA && counts_for_something(k) && k->verdict == v &&
            (v != VERDICT_HOLD || k->required || holds_always(k->reason)))
            break;
    }
    return c;
}

/* "No traffic" passes where the canary has been watched for as long as a stage
 * takes and nobody came.  One that had requests and has none any more is not
 * meant: something happened to it. */
static bool
nobody_came(const struct run *r)
{
    int64_t since_ms = r->weight_ms > r->started_ms ? r->weight_ms : r->started_ms;

    return r->checks[CHECK_DATA].reason == REASON_NO_TRAFFIC && r->requests[ARM_CANARY] == 0 &&
           r->snapshot_ms - since_ms >= r->policy->stage_min_time_ms;
}

/* The first limit of the policy's own with this verdict, or POLICY_MAX_LIMITS. */
static uint32_t
limit_with(const struct run *r, enum verdict v)
{
    for (uint32_t k = 0; k < r->policy->n_limits; k++)
        if (counts_for_something(&r->limits[k]) && r->limits[k].verdict == v)
            return k;
    return POLICY_MAX_LIMITS;
}

static struct view_answer
answer_of_limit(const struct run *r, uint32_t k)
{
    struct view_answer a = {.verdict = r->limits[k].verdict, .reason = r->limits[k].reason};

    sentence_limit(r, &a, k);
    return a;
}

struct view_answer
decision_of_checks(const struct run *r, int64_t now_ms)
{
    const struct check_result *data = &r->checks[CHECK_DATA];
    enum check                 aborts = first_with(r, VERDICT_ABORT);
    enum check                 fails = first_with(r, VERDICT_FAIL);
    enum check                 holds = first_with(r, VERDICT_HOLD);

    if (aborts < CHECK_COUNT)
        return answer_of(r, aborts, now_ms);
    if (r->policy->no_traffic_passes && nobody_came(r))
        return answer(r, VERDICT_PASS, REASON_NO_TRAFFIC_PASSES, CHECK_DATA, now_ms);
    if (data_is_missing(data->reason))
        return answer_of(r, CHECK_DATA, now_ms);
    if (fails < CHECK_COUNT)
        return answer_of(r, fails, now_ms);
    if (limit_with(r, VERDICT_FAIL) < POLICY_MAX_LIMITS)
        return answer_of_limit(r, limit_with(r, VERDICT_FAIL));
    if (data->verdict == VERDICT_HOLD)
        return answer_of(r, CHECK_DATA, now_ms);
    if (holds < CHECK_COUNT)
        return answer_of(r, holds, now_ms);
    if (limit_with(r, VERDICT_HOLD) < POLICY_MAX_LIMITS)
        return answer_of_limit(r, limit_with(r, VERDICT_HOLD));
    return answer(r, VERDICT_PASS, REASON_PROVEN, CHECK_COUNT, now_ms);
}

/* What is seen now and speaks against more traffic, without failing anything:
 * the check's or limit's own answer, or PASS. */
static struct view_answer
harm_seen(const struct run *r, int64_t now_ms)
{
    for (enum check c = 0; c < CHECK_COUNT; c++)
        if (counts_for_something(&r->checks[c]) && r->checks[c].verdict == VERDICT_HOLD &&
            holds_always(r->checks[c].reason))
            return answer_of(r, c, now_ms);
    for (uint32_t k = 0; k < r->policy->n_limits; k++)
        if (counts_for_something(&r->limits[k]) && r->limits[k].verdict == VERDICT_HOLD &&
            r->limits[k].reason == REASON_LIMIT_BROKEN)
            return answer_of_limit(r, k);
    return (struct view_answer){.verdict = VERDICT_PASS};
}

struct view_answer
decision_of_step(const struct run *r, const struct view_answer *promote, int64_t now_ms)
{
    const struct policy *p = r->policy;
    enum verdict_reason  data = r->checks[CHECK_DATA].reason;
    int64_t              stage_ms = r->weight_ms ? r->weight_ms : r->canary_first_ms;
    struct view_answer   harm;

    if (p->advance == POLICY_ADVANCE_PROVEN || promote->verdict != VERDICT_HOLD)
        return *promote;
    if (promote->reason == REASON_MAX_HOLD || promote->reason == REASON_ADVISORY)
        return *promote;
    if (data != REASON_NONE)
        return *promote;
    harm = harm_seen(r, now_ms);
    if (harm.verdict == VERDICT_HOLD)
        return harm;
    if (r->since_weight[ARM_CANARY] < p->min_requests)
        return answer(r, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, CHECK_COUNT, now_ms);
    if (now_ms - stage_ms < p->stage_min_time_ms)
        return answer(r, VERDICT_HOLD, REASON_STAGE_MIN_TIME, CHECK_COUNT, now_ms);
    return answer(r, VERDICT_PASS, REASON_UNHARMED, CHECK_COUNT, now_ms);
}

static bool
lasted(const struct policy *p, int64_t since_ms, int64_t now_ms)
{
    return p->max_hold_ms && since_ms && now_ms - since_ms >= p->max_hold_ms;
}

/* no_data is for data that were missing all that time: a source that does not
 * answer for a moment after a long hold is no reason to roll back. */
static struct view_answer
after_max_hold(const struct run *r, const struct view_answer *found, int64_t now_ms)
{
    const struct policy *p = r->policy;

    if (p->no_data != VERDICT_HOLD && lasted(p, r->missing_since_ms, now_ms))
        return answer(r, p->no_data, REASON_NO_DATA, CHECK_COUNT, now_ms);
    if (p->max_hold_then != VERDICT_HOLD && lasted(p, r->hold_since_ms, now_ms))
        return answer(r, p->max_hold_then, REASON_MAX_HOLD, CHECK_COUNT, now_ms);
    return *found;
}

struct view_answer
decision_told(const struct run *r, const struct view_answer *found, int64_t now_ms)
{
    const struct policy *p = r->policy;
    struct view_answer   told = *found, instead;

    if (found->verdict == VERDICT_HOLD)
        told = after_max_hold(r, found, now_ms);
    if (p->mode == POLICY_ENFORCE || told.verdict < VERDICT_FAIL)
        return told;
    instead = (struct view_answer){.reason = REASON_ADVISORY};
    instead.verdict = p->mode == POLICY_ADVISE_PASS ? VERDICT_PASS : VERDICT_HOLD;
    sentence_advisory(&told, &instead);
    return instead;
}

struct view_answer
decision_in_window(const struct run *r, const struct view_answer *a, int64_t now_ms)
{
    const struct openhours *c = &r->policy->windows.hours;
    struct view_answer      held = {.verdict = VERDICT_HOLD, .reason = REASON_OUTSIDE_WINDOW};
    char                    opens[ZONE_TEXT_BYTES];

    if (a->verdict != VERDICT_PASS || openhours_is_open(c, now_ms))
        return *a;
    zone_text(&c->zone, openhours_opens_ms(c, now_ms) / 1000, opens);
    snprintf(held.message, sizeof held.message, "steps go on from %s on; the checks say pass (%s)",
             opens, verdict_reason_text(a->reason));
    view_clean(held.message);
    return held;
}
