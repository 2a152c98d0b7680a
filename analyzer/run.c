#include "analyzer/run.h"

#include "analyzer/decision.h"
#include "analyzer/runlog.h"
#include "analyzer/sentence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double
run_alpha(const struct policy *p, uint32_t attempt)
{
    enum { MOST_HALVINGS = 60 }; /* keeps 1/alpha a number that can be told */
    uint32_t halvings = attempt - 1;

    return ldexp(p->false_rollback_rate,
                 -(int)(halvings < MOST_HALVINGS ? halvings : MOST_HALVINGS));
}

void
run_start(struct run *r, const struct run_identity *who, const struct policy *p, int64_t max_age_ms,
          int64_t now_ms)
{
    const struct calibration_frozen none = calibration_none(CALIBRATION_OFF);

    *r = (struct run){.who = *who, .policy = p, .state = RUN_STARTING, .view = -1};
    r->started_ms = r->asked_ms = now_ms;
    r->max_age_ms = max_age_ms;
    r->weight = NAN;
    r->canary_per_s = NAN;
    judgement_init(&r->judgement, p, run_alpha(p, who->attempt), &none);
    threshold_init(&r->success_rate, CHECK_SUCCESS_RATE, p);
    threshold_init(&r->p95, CHECK_P95, p);
    for (uint32_t k = 0; k < p->n_limits; k++)
        limit_init(&r->limit[k], &p->limit[k]);
    threshold_window_init(&r->shown, RUN_SHOWN_MS);
    guard_init(&r->guard, p);
    mesh_init(&r->mesh, p);
    split_init(&r->split, p);
    (void)run_decide(r, now_ms);
}

void
run_calibrate(struct run *r, const struct calibration_frozen *frozen)
{
    runlog_calibrated(r->log, frozen);
    judgement_init(&r->judgement, r->policy, run_alpha(r->policy, r->who.attempt), frozen);
}

void
run_routes(struct run *r, const struct routes *before)
{
    runlog_routes(r->log, before);
    r->mesh.routes = (struct routes){.lost = before->lost, .all = before->all};
}

void
run_sighted(struct run *r, const struct ledger_sight *sight, int64_t at_ms)
{
    runlog_sighted(r->log, sight, at_ms);
    r->blind = REASON_NONE;
    r->blind_detail[0] = '\0';
    r->sight = *sight;
    r->snapshot_ms = at_ms;
    if (r->view >= 0 ? sight->view_seen[r->view]
                     : sight->view_seen[VIEW_USER] || sight->view_seen[VIEW_ATTEMPT])
        r->view_ms = at_ms;
    if (r->state == RUN_STARTING)
        r->state = RUN_WAITING;
}

void
run_blind(struct run *r, enum verdict_reason why, const char *detail)
{
    runlog_blind(r->log, why, detail);
    r->blind = why;
    snprintf(r->blind_detail, sizeof r->blind_detail, "%s", detail ? detail : "");
    view_clean(r->blind_detail);
}

/* Requests of both arms; where only the servers' side is seen, the calls that
 * their callers gave up are requests too. */
static uint64_t
requests_of(const struct counts *c, int view)
{
    return counts_requests(c) + (view == VIEW_ATTEMPT ? c->no_response : 0);
}

/* usable: the checks see it, too. */
static uint64_t
requests_of_both(const struct interval *i, int view)
{
    return requests_of(&i->arm[view][ARM_CANARY], view) +
           requests_of(&i->arm[view][ARM_BASELINE], view);
}

/* Whether the users' side shows the traffic.  Callers outside the mesh report
 * nothing; a debug pod that once called from inside is then all there is, and
 * would keep the run at no_traffic for ever.  Retries and mirroring make the
 * servers' side a few times greater, never this much. */
static bool
users_are_seen(const struct interval *i)
{
    enum { TIMES = 10, A_FEW = 10 };

    return i->present[VIEW_USER] &&
           requests_of_both(i, VIEW_ATTEMPT) <= TIMES * requests_of_both(i, VIEW_USER) + A_FEW;
}

/* The user's view wherever there is one.  Fixed with the first judged
 * interval: changing the method in the middle would change the question. */
static int
view_of(const struct run *r, const struct interval *i)
{
    if (r->view >= 0)
        return r->view;
    if (phase_attempts_only(r->policy->phase))
        return VIEW_ATTEMPT;
    return users_are_seen(i) ? VIEW_USER : VIEW_ATTEMPT;
}

static bool
near_weight_change(const struct run *r, const struct interval *i)
{
    return r->weight_ms && i->end_ms > r->weight_ms &&
           i->start_ms < r->weight_ms + r->policy->settle_ms;
}

/* What the users' side lost before any version was reached. */
static void
count_lost(struct run *r, const struct interval *i)
{
    double keep = exp2(-(double)interval_length_ms(i) / RUN_LOST_HALF_LIFE_MS);
    double all = (double)i->unattributed[VIEW_USER];

    for (int arm = 0; arm < ARM_COUNT; arm++)
        all += (double)counts_requests(&i->arm[VIEW_USER][arm]);
    r->lost = r->lost * keep + (double)i->unattributed_faults[VIEW_USER];
    r->lost_of = r->lost_of * keep + all;
}

/* A weight that is told before anything was counted is the first one's. */
static void
begin_stage(struct run *r, int64_t at_ms)
{
    if (r->weight_ms || r->requests[ARM_CANARY] + r->requests[ARM_BASELINE] > 0)
        r->stage++;
    r->weight_ms = at_ms;
    memset(r->since_weight, 0, sizeof r->since_weight);
}

/* A step of the weight that nobody told. */
static void
find_step(struct run *r, const struct interval *i, int view)
{
    int64_t since_ms;

    if (isnan(r->weight) &&
        share_apply(&r->share, requests_of(&i->arm[view][ARM_CANARY], view),
                    requests_of(&i->arm[view][ARM_BASELINE], view), i->start_ms, &since_ms))
        begin_stage(r, since_ms);
}

static void
count(struct run *r, const struct interval *i, int view, bool usable, bool warm)
{
    uint64_t canary = requests_of(&i->arm[view][ARM_CANARY], view);

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        uint64_t n = requests_of(&i->arm[view][arm], view);

        r->requests[arm] += n;
        if (usable && (!r->weight_ms || i->start_ms >= r->weight_ms))
            r->since_weight[arm] += n;
    }
    if (canary > 0) {
        if (!r->canary_first_ms)
            r->canary_first_ms = i->start_ms;
        r->canary_last_ms = i->end_ms;
    }
    if (usable && warm)
        r->judged += canary;
    clusters_apply(&r->clusters, i, (enum counts_view)view, usable && warm);
    if (view == VIEW_USER)
        count_lost(r, i);
    r->canary_per_s = (double)canary * 1000 / (double)interval_length_ms(i);
}

static void
apply_checks(struct run *r, const struct interval *i, enum counts_view view, bool warm)
{
    threshold_window_apply(&r->shown, i, view);
    guard_apply(&r->guard, i, view);
    mesh_apply(&r->mesh, i, view);
    threshold_apply(&r->success_rate, i, view, warm);
    threshold_apply(&r->p95, i, view, warm);
    for (uint32_t k = 0; k < r->policy->n_limits && warm; k++)
        limit_apply(&r->limit[k], i, view, k < i->n_measured ? i->measured[k] : NAN);
    judgement_apply(&r->judgement, i, view, warm && !near_weight_change(r, i));
    split_apply(&r->split, i, view, r->weight,
                warm && i->start_ms >= r->weight_ms && !near_weight_change(r, i));
}

/* What the interval means for where the run stands. */
static void
advance(struct run *r, int view, bool judged)
{
    if (r->canary_first_ms && r->state == RUN_WAITING)
        r->state = RUN_WARMING;
    if (!judged || !r->canary_first_ms)
        return;
    if (r->state == RUN_WARMING)
        r->state = RUN_JUDGING;
    if (r->view < 0)
        r->view = view;
}

bool
run_interval(struct run *r, const struct interval *i)
{
    bool warm, usable;
    int  view = view_of(r, i);

    if (r->state == RUN_ENDED || i->start_ms < r->interval_end_ms || interval_length_ms(i) <= 0)
        return false;
    runlog_interval(r->log);
    r->interval_end_ms = i->end_ms;
    warm = r->canary_first_ms && i->start_ms >= r->canary_first_ms + r->policy->warm_up_ms;
    usable = i->present[view] && interval_length_ms(i) <= r->policy->longest_gap_ms;
    if (r->policy->warm_up_ms == 0)
        warm = true;
    if (usable)
        find_step(r, i, view);
    count(r, i, view, usable, warm);
    advance(r, view, usable && warm);
    if (!usable) {
        judgement_break(&r->judgement);
        return true;
    }
    apply_checks(r, i, (enum counts_view)view, warm);
    return true;
}

void
run_asked(struct run *r, double weight, int64_t now_ms)
{
    bool new_weight = !isnan(weight) && weight != r->weight;

    runlog_asked(r->log, weight, new_weight, now_ms);
    r->asked_ms = now_ms;
    if (!new_weight)
        return;
    r->weight = weight;
    begin_stage(r, now_ms);
}

void
run_confirm_seen(struct run *r)
{
    runlog_confirm_seen(r->log);
    r->confirm_seen = true;
}

void
run_first_step(struct run *r, int64_t now_ms)
{
    runlog_first_step(r->log, now_ms);
    r->first_step_ms = now_ms;
}

void
run_promotion_told(struct run *r)
{
    runlog_promotion_told(r->log);
    r->promotion_told = true;
}

void
run_clock_set(struct run *r, int64_t by_ms)
{
    int64_t *noted[] = {&r->started_ms,       &r->asked_ms,      &r->ended_ms,
                        &r->weight_ms,        &r->hold_since_ms, &r->fail_since_ms,
                        &r->missing_since_ms, &r->first_step_ms};

    runlog_clock_set(r->log, by_ms);
    for (size_t i = 0; i < ARRAY_LEN(noted); i++)
        if (*noted[i])
            *noted[i] += by_ms;
}

static struct check_result
data_result(const struct run *r, int64_t now_ms)
{
    struct data_facts   f = {.policy = r->policy,
                             .now_ms = now_ms,
                             .blind = r->blind,
                             .snapshot_ms = r->snapshot_ms,
                             .view_ms = r->view_ms,
                             .counted_ms = r->interval_end_ms,
                             .sight = r->sight,
                             .max_age_ms = r->max_age_ms,
                             .judged = r->judged,
                             .canary_first_ms = r->canary_first_ms,
                             .canary_last_ms = r->canary_last_ms,
                             .weight = r->weight,
                             .clusters = &r->clusters,
                             .lost = r->lost,
                             .lost_of = r->lost_of,
                             .since_weight =
                                 r->since_weight[ARM_CANARY] + r->since_weight[ARM_BASELINE]};
    struct check_result c = check_none();

    memcpy(f.requests, r->requests, sizeof f.requests);
    c.configured = c.required = true;
    c.reason = data_reason(&f);
    c.verdict = c.reason == REASON_NONE ? VERDICT_PASS : VERDICT_HOLD;
    if (c.reason == REASON_TOO_FEW_REQUESTS)
        c.need_requests = (double)(r->policy->min_requests - r->judged);
    return c;
}

/* An answer of a threshold over a window that no longer fills says nothing. */
static void
hold_unless_aborting(struct check_result *c, enum verdict_reason why)
{
    if (c->configured && c->verdict != VERDICT_ABORT) {
        c->verdict = VERDICT_HOLD;
        c->reason = why;
    }
}

static void
ask_checks(struct run *r, int64_t now_ms)
{
    const struct policy *p = r->policy;
    uint32_t             required = p->required;

    for (int c = 0; c < CHECK_COUNT; c++)
        r->checks[c] = check_none();
    judgement_results(&r->judgement, r->view == VIEW_ATTEMPT ? VIEW_ATTEMPT : VIEW_USER, r->checks);
    if (p->success_rate.on)
        r->checks[CHECK_SUCCESS_RATE] = threshold_result(&r->success_rate);
    if (p->p95.on)
        r->checks[CHECK_P95] = threshold_result(&r->p95);
    if (p->guard)
        r->checks[CHECK_GUARD] = guard_result(&r->guard);
    r->checks[CHECK_SPLIT] = split_result(&r->split);
    r->checks[CHECK_MESH] = mesh_result(&r->mesh);
    r->checks[CHECK_DATA] = data_result(r, now_ms);
    /* A limit that a user wrote down is meant to be kept. */
    required |= 1u << CHECK_SUCCESS_RATE | 1u << CHECK_P95 | 1u << CHECK_DATA;
    for (int c = 0; c < CHECK_COUNT; c++) {
        r->checks[c].required = r->checks[c].configured && (required >> c & 1);
        r->checks[c].dry_run = r->checks[c].configured && (p->dry_run >> c & 1);
    }
    for (uint32_t k = 0; k < p->n_limits; k++)
        r->limits[k] = limit_result(&r->limit[k]);
    if (data_is_missing(r->checks[CHECK_DATA].reason)) {
        hold_unless_aborting(&r->checks[CHECK_SUCCESS_RATE], r->checks[CHECK_DATA].reason);
        hold_unless_aborting(&r->checks[CHECK_P95], r->checks[CHECK_DATA].reason);
        for (uint32_t k = 0; k < p->n_limits; k++)
            hold_unless_aborting(&r->limits[k], r->checks[CHECK_DATA].reason);
    }
}

static void
note_since(int64_t *since_ms, bool now_so, int64_t now_ms)
{
    if (!now_so)
        *since_ms = 0;
    else if (!*since_ms)
        *since_ms = now_ms;
}

static void
judge(struct run *r, int64_t now_ms)
{
    r->found = decision_of_checks(r, now_ms);
    note_since(&r->hold_since_ms, r->found.verdict == VERDICT_HOLD, now_ms);
    note_since(&r->missing_since_ms,
               r->found.verdict == VERDICT_HOLD && data_is_missing(r->found.reason), now_ms);
    r->decided = decision_told(r, &r->found, now_ms);
    r->decided_step = decision_of_step(r, &r->decided, now_ms);
    r->decided = decision_in_window(r, &r->decided, now_ms);
    r->decided_step = decision_in_window(r, &r->decided_step, now_ms);
    if (r->decided.verdict == VERDICT_ABORT)
        r->state = RUN_ABORTED;
}

bool
run_decide(struct run *r, int64_t now_ms)
{
    const struct view_answer before = r->promote, step_before = r->step;

    runlog_decided(r->log, now_ms);
    ask_checks(r, r->state == RUN_ENDED ? r->ended_ms : now_ms);
    if (r->state == RUN_ENDED)
        return false;
    if (r->state != RUN_ABORTED)
        judge(r, now_ms);
    if (!override_holds(&r->override, now_ms))
        r->override = (struct override){.action = OVERRIDE_NONE};
    r->promote = override_told(&r->override, &r->decided, now_ms);
    r->step = override_told(&r->override, &r->decided_step, now_ms);
    note_since(&r->fail_since_ms, r->promote.verdict == VERDICT_FAIL, now_ms);
    if (r->promote.verdict >= VERDICT_FAIL)
        r->promotion_told = false;
    return r->promote.verdict != before.verdict || r->promote.reason != before.reason ||
           r->step.verdict != step_before.verdict;
}

const char *
run_expired(const struct run *r, int64_t now_ms)
{
    int64_t heard_ms = r->asked_ms > r->canary_last_ms ? r->asked_ms : r->canary_last_ms;

    if (r->state == RUN_ENDED)
        return NULL;
    if (now_ms - r->started_ms >= RUN_LONGEST_MS)
        return "longest_run";
    return now_ms - heard_ms >= RUN_IDLE_MS ? "idle" : NULL;
}

static void
tell_ended(struct run *r, int64_t now_ms)
{
    r->promote = (struct view_answer){.verdict = VERDICT_HOLD, .reason = REASON_RUN_ENDED};
    sentence_write(r, &r->promote, CHECK_COUNT, now_ms);
    r->step = r->promote;
}

static void
end(struct run *r, const char *cause, int64_t now_ms)
{
    r->state = RUN_ENDED;
    r->ended_ms = now_ms;
    snprintf(r->end_cause, sizeof r->end_cause, "%s", cause);
    r->found = r->promote; /* what the run came to: the history keeps it */
}

void
run_end(struct run *r, const char *cause, int64_t now_ms)
{
    if (r->state == RUN_ENDED)
        return;
    runlog_ended(r->log, cause, now_ms);
    end(r, cause, now_ms);
    if (r->promote.verdict != VERDICT_ABORT)
        tell_ended(r, now_ms);
}

static void
clear_override(struct run *r, int64_t now_ms)
{
    r->override = (struct override){.action = OVERRIDE_NONE};
    if (r->state == RUN_ABORTED)
        end(r, "cleared", now_ms);
    if (r->state == RUN_ENDED)
        tell_ended(r, now_ms);
}

bool
run_override(struct run *r, const struct override *o, int64_t now_ms)
{
    if (r->state == RUN_ENDED && !(o->action == OVERRIDE_CLEAR && run_still_told(r, now_ms)))
        return false;
    runlog_override(r->log, o, now_ms);
    if (o->action == OVERRIDE_CLEAR)
        clear_override(r, now_ms);
    else
        r->override = *o;
    return true;
}

bool
run_still_told(const struct run *r, int64_t now_ms)
{
    return r->state == RUN_ENDED && r->promote.verdict == VERDICT_ABORT &&
           now_ms - r->ended_ms < RUN_TOLD_MS;
}

static struct view_arm
arm_view(const struct run *r, enum counts_arm arm)
{
    double          of;
    uint64_t        timed;
    struct view_arm a = {.requests = r->requests[arm],
                         .success_rate = threshold_window_success_rate(&r->shown, arm, &of),
                         .p95_ms = NAN,
                         .p95_lower_ms = NAN,
                         .p95_upper_ms = NAN};
    struct quantile q;

    if (threshold_window_quantile(&r->shown, arm, 0.95, &q, &timed) == STATUS_OK) {
        a.p95_ms = q.interpolated_ms;
        a.p95_lower_ms = q.lower_ms;
        a.p95_upper_ms = q.upper_ms;
    }
    return a;
}

/* What is missing until pass, as far as it can be computed. */
static void
view_need(const struct run *r, struct verdict_view *out)
{
    double need = NAN;

    if (r->promote.verdict == VERDICT_HOLD && r->promote.reason == REASON_TOO_FEW_REQUESTS)
        need = r->checks[CHECK_DATA].need_requests;
    if (r->promote.verdict == VERDICT_HOLD && isnan(need))
        for (int c = 0; c < CHECK_COUNT; c++)
            if (r->checks[c].required && r->checks[c].verdict == VERDICT_HOLD)
                need = fmax(need, r->checks[c].need_requests);
    out->need_requests = need;
    out->need_seconds = sentence_seconds_for(r, need);
}

void
run_view(const struct run *r, int64_t now_ms, int64_t now_mono_ms, struct verdict_view *out)
{
    *out = (struct verdict_view){.promote = r->promote,
                                 .step = r->step,
                                 .evaluated_wall_ms = now_ms,
                                 .evaluated_mono_ms = now_mono_ms,
                                 .max_age_ms = r->max_age_ms,
                                 .fail_after_ms = r->policy->fail_after_ms,
                                 .attempt = r->who.attempt,
                                 .user_view = r->view != VIEW_ATTEMPT &&
                                              r->sight.view_seen[VIEW_USER] &&
                                              !phase_attempts_only(r->policy->phase),
                                 .canary_seen = r->requests[ARM_CANARY] > 0,
                                 .aborted = r->promote.verdict == VERDICT_ABORT,
                                 .weight = r->weight,
                                 .confirm_seen = r->confirm_seen,
                                 .promotion_told = r->promotion_told};
    memcpy(out->run, r->who.id, sizeof out->run);
    memcpy(out->service, r->who.service, sizeof out->service);
    memcpy(out->ns, r->who.ns, sizeof out->ns);
    memcpy(out->canary, r->who.canary, sizeof out->canary);
    memcpy(out->baseline, r->who.baseline, sizeof out->baseline);
    memcpy(out->key, r->who.key, sizeof out->key);
    memcpy(out->revision, r->who.revision, sizeof out->revision);
    memcpy(out->policy, r->policy->name, sizeof out->policy);
    out->phase = r->policy->phase;
    memcpy(out->policy_hash, r->policy->hash, sizeof out->policy_hash);
    out->state = r->state == RUN_ENDED      ? VIEW_ENDED
                 : r->state == RUN_STARTING ? VIEW_STARTING
                                            : VIEW_LIVE;
    if (r->fail_since_ms)
        out->fail_since_mono_ms = now_mono_ms - (now_ms - r->fail_since_ms);
    if (r->first_step_ms)
        out->first_step_mono_ms = now_mono_ms - (now_ms - r->first_step_ms);
    view_need(r, out);
    for (int arm = 0; arm < ARM_COUNT; arm++)
        out->arm[arm] = arm_view(r, (enum counts_arm)arm);
    memcpy(out->checks, r->checks, sizeof out->checks);
    out->n_limits = r->policy->n_limits;
    for (uint32_t k = 0; k < out->n_limits; k++) {
        memcpy(out->limit_name[k], r->policy->limit[k].name, sizeof out->limit_name[k]);
        out->limits[k] = r->limits[k];
    }
    out->calibration = r->judgement.calibration;
}
