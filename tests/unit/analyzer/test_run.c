#include "analyzer/run.h"
#include "tests/unit/analyzer/run_play.h"

static struct play p;

enum { MINUTE = 60000, TICK = 5000 };

static void
start(void)
{
    const struct policy usual = play_policy();

    play_start(&p, &usual);
}

static void
walks_through_its_states(void **state)
{
    (void)state;
    start();
    assert_int_equal(p.r.state, RUN_STARTING);
    PLAY_PROMOTE(&p, HOLD, STARTING);

    play_quiet(&p, TICK);
    assert_int_equal(p.r.state, RUN_WAITING);
    PLAY_PROMOTE(&p, HOLD, NO_TRAFFIC);

    (void)play(&p, TICK, 0, 0, 900, 0);
    assert_int_equal(p.r.state, RUN_WAITING); /* the baseline alone starts nothing */

    (void)play(&p, TICK, 100, 0, 900, 0);
    assert_int_equal(p.r.state, RUN_WARMING);
    PLAY_PROMOTE(&p, HOLD, WARMING_UP);

    play_well(&p, 11, 100, 900); /* 12 intervals from the canary's first request: a minute */
    assert_int_equal(p.r.state, RUN_WARMING);
    assert_int_equal(p.r.judged, 0);

    (void)play(&p, TICK, 99, 0, 900, 0);
    assert_int_equal(p.r.state, RUN_JUDGING);
    PLAY_PROMOTE(&p, HOLD, TOO_FEW_REQUESTS);
    (void)play(&p, TICK, 1, 0, 9, 0);
    PLAY_PROMOTE(&p, HOLD, NOT_PROVEN);

    play_well(&p, 300, 200, 1800);
    PLAY_PROMOTE(&p, PASS, PROVEN);
    PLAY_STEP(&p, PASS, PROVEN);

    run_end(&p.r, "post_rollout", p.now_ms);
    assert_int_equal(p.r.state, RUN_ENDED);
    assert_string_equal(p.r.end_cause, "post_rollout");
    PLAY_PROMOTE(&p, HOLD, RUN_ENDED);
    PLAY_STEP(&p, HOLD, RUN_ENDED);
}

static void
an_abort_is_latched(void **state)
{
    (void)state;
    start();
    (void)play(&p, TICK, 100, 100, 900, 0);
    PLAY_PROMOTE(&p, HOLD, WARMING_UP);
    assert_true(play(&p, TICK, 100, 100, 900, 0)); /* news */
    assert_int_equal(p.r.state, RUN_ABORTED);
    PLAY_PROMOTE(&p, ABORT, DEAD_CANARY);
    PLAY_STEP(&p, ABORT, DEAD_CANARY);

    for (int i = 0; i < 100; i++)
        assert_false(play(&p, TICK, 200, 0, 1800, 0)); /* well again, and it does not matter */
    run_blind(&p.r, REASON_SOURCE_UNREACHABLE, "gone");
    assert_false(run_decide(&p.r, p.now_ms + 60 * MINUTE));
    PLAY_PROMOTE(&p, ABORT, DEAD_CANARY);
    assert_int_equal(p.r.state, RUN_ABORTED);
    assert_int_equal(p.r.checks[CHECK_GUARD].verdict, VERDICT_PASS); /* the checks go on */
}

/* From every state there is a way to the end, and none back. */
static void
ends_from_every_state(void **state)
{
    static const enum run_state states[] = {RUN_STARTING, RUN_WAITING, RUN_WARMING, RUN_JUDGING};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        start();
        p.r.state = states[i];
        run_end(&p.r, "idle", p.now_ms);
        assert_int_equal(p.r.state, RUN_ENDED);
        assert_int_equal(p.r.ended_ms, p.now_ms);
        run_end(&p.r, "longest_run", p.now_ms + 1); /* the first end stays */
        assert_int_equal(p.r.ended_ms, p.now_ms);
        assert_string_equal(p.r.end_cause, "idle");
        play_fill(&p, VIEW_USER, TICK, 100, 0, 900, 0);
        assert_false(run_interval(&p.r, &p.i));
        assert_int_equal(p.r.requests[ARM_CANARY], 0);
        play_sighted(&p);
        assert_false(run_decide(&p.r, p.now_ms));
        assert_int_equal(p.r.state, RUN_ENDED);
    }
}

static void
only_an_ended_abort_is_told_for_an_hour(void **state)
{
    int64_t ended_ms;
    (void)state;

    start();
    run_end(&p.r, "post_rollout", p.now_ms);
    assert_false(run_still_told(&p.r, p.now_ms));

    start();
    (void)play(&p, TICK, 100, 100, 900, 0);
    (void)play(&p, TICK, 100, 100, 900, 0);
    assert_false(run_still_told(&p.r, p.now_ms)); /* it has not ended */
    ended_ms = p.now_ms + 7 * TICK;
    run_end(&p.r, "new_revision", ended_ms);
    PLAY_PROMOTE(&p, ABORT, DEAD_CANARY);
    PLAY_STEP(&p, ABORT, DEAD_CANARY);
    assert_true(run_still_told(&p.r, ended_ms));
    assert_true(run_still_told(&p.r, ended_ms + 60 * MINUTE - 1));
    assert_false(run_still_told(&p.r, ended_ms + 60 * MINUTE));
}

static void
ends_by_itself_when_nobody_cares(void **state)
{
    int64_t asked_ms;
    (void)state;

    start();
    assert_null(run_expired(&p.r, PLAY_T0 + 15 * MINUTE - 1));
    assert_string_equal(run_expired(&p.r, PLAY_T0 + 15 * MINUTE), "idle");
    asked_ms = PLAY_T0 + 10 * MINUTE;
    run_asked(&p.r, NAN, asked_ms); /* a question keeps it */
    assert_null(run_expired(&p.r, asked_ms + 15 * MINUTE - 1));
    assert_string_equal(run_expired(&p.r, asked_ms + 15 * MINUTE), "idle");
    p.now_ms = asked_ms + 5 * MINUTE - TICK;
    (void)play(&p, TICK, 1, 0, 0, 0); /* and so does canary traffic */
    assert_null(run_expired(&p.r, p.now_ms + 15 * MINUTE - 1));
    assert_string_equal(run_expired(&p.r, p.now_ms + 15 * MINUTE), "idle");
    p.now_ms += 14 * MINUTE;
    (void)play(&p, TICK, 0, 0, 1000, 0); /* but not the baseline's */
    assert_string_equal(run_expired(&p.r, p.now_ms + MINUTE), "idle");

    run_asked(&p.r, NAN, PLAY_T0 + 24 * 60 * MINUTE - 1);
    assert_null(run_expired(&p.r, PLAY_T0 + 24 * 60 * MINUTE - 1));
    assert_string_equal(run_expired(&p.r, PLAY_T0 + 24 * 60 * MINUTE), "longest_run");
    run_end(&p.r, "idle", p.now_ms);
    assert_null(run_expired(&p.r, PLAY_T0 + 48 * 60 * MINUTE)); /* over is over */
}

static void
each_interval_is_taken_once(void **state)
{
    (void)state;
    start();
    (void)play(&p, TICK, 100, 0, 900, 0);
    assert_false(run_interval(&p.r, &p.i)); /* the same again */
    p.i.start_ms -= TICK;
    p.i.end_ms -= 1;
    assert_false(run_interval(&p.r, &p.i)); /* one from before */
    p.i.start_ms = p.i.end_ms = p.now_ms + TICK;
    assert_false(run_interval(&p.r, &p.i)); /* one without length */
    assert_int_equal(p.r.requests[ARM_CANARY], 100);
    assert_int_equal(p.r.requests[ARM_BASELINE], 900);
}

/* After a restart the source may begin with what it had before: a snapshot of its
 * series from an earlier end, or another replica that is behind.  What comes next
 * then spans what was taken already. */
static void
an_interval_that_begins_in_the_one_before_is_not_taken(void **state)
{
    (void)state;
    start();
    (void)play(&p, TICK, 100, 0, 900, 0);
    (void)play(&p, TICK, 100, 0, 900, 0);
    p.now_ms += TICK;
    play_fill(&p, VIEW_USER, 2 * TICK, 200, 50, 1800, 0);
    assert_false(run_interval(&p.r, &p.i));
    assert_int_equal(p.r.requests[ARM_CANARY], 200);
    (void)play(&p, TICK, 100, 0, 900, 0); /* the one behind it is */
    assert_int_equal(p.r.requests[ARM_CANARY], 300);
}

static void
a_long_gap_is_counted_and_not_judged(void **state)
{
    struct judgement_sums before, after;
    struct check_result   evidence;
    (void)state;

    start();
    play_well(&p, 14, 100, 900);
    before = judgement_sums(&p.r.judgement);
    evidence = p.r.checks[CHECK_ERROR_RATE];
    assert_int_equal(before.requests[ARM_CANARY], 200);

    (void)play(&p, MINUTE + 1, 500, 500, 4500, 0); /* dead, but nobody saw how */
    after = judgement_sums(&p.r.judgement);
    assert_memory_equal(&before, &after, sizeof before);
    check_close(p.r.checks[CHECK_ERROR_RATE].evidence, evidence.evidence, 0);
    assert_int_equal(p.r.guard.dead_in_a_row, 0);
    assert_int_equal(p.r.judged, 200);
    assert_int_equal(p.r.requests[ARM_CANARY], 1900); /* they did happen */
    assert_int_equal(p.r.since_weight[ARM_CANARY], 1400);
    assert_int_equal(p.r.canary_last_ms, p.now_ms);

    (void)play(&p, MINUTE, 500, 0, 4500, 0); /* the longest that is judged */
    assert_int_equal(p.r.judged, 700);
}

/* A block of the interval bet that would reach over the gap is settled before. */
static void
no_block_reaches_over_a_gap(void **state)
{
    (void)state;
    start();
    play_well(&p, 14, 100, 900); /* two judged: 10 s of a block of 15 s */
    assert_int_equal(p.r.judgement.harm[VIEW_USER].open[FAMILY_OWN - FAMILY_R5].length_ms, 10000);
    (void)play(&p, MINUTE + 1, 100, 0, 900, 0);
    assert_int_equal(p.r.judgement.harm[VIEW_USER].open[FAMILY_OWN - FAMILY_R5].length_ms, 0);
}

static void
warm_up_is_not_judged(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    start();
    for (int i = 0; i < 12; i++)
        (void)play(&p, TICK, 100, 30, 900, 0); /* 30 %: under the guard */
    assert_int_equal(p.r.judged, 0);
    check_close(p.r.checks[CHECK_ERROR_RATE].evidence, 1, 0);
    PLAY_PROMOTE(&p, HOLD, WARMING_UP);

    policy.warm_up_ms = 0;
    play_start(&p, &policy);
    (void)play(&p, TICK, 100, 0, 900, 0);
    assert_int_equal(p.r.judged, 100);
    assert_int_equal(p.r.state, RUN_JUDGING);
}

/* With the canary at 100 times the baseline's rate there is no doubt. */
static void
a_worse_error_rate_aborts_and_a_shared_incident_does_not(void **state)
{
    (void)state;
    start();
    play_well(&p, 13, 100, 900);
    for (int i = 0; i < 40 && p.r.state != RUN_ABORTED; i++)
        (void)play(&p, TICK, 100, 10, 900, 1);
    PLAY_PROMOTE(&p, ABORT, ERROR_RATE_WORSE);

    start();
    play_well(&p, 13, 100, 900);
    for (int i = 0; i < 200; i++)
        (void)play(&p, TICK, 100, 60, 900, 540); /* both are in trouble alike */
    assert_int_not_equal(p.r.promote.verdict, VERDICT_ABORT);
}

static void
a_new_weight_starts_the_settle_time_and_the_stage(void **state)
{
    struct judgement_sums sums;
    int64_t               set_ms;
    (void)state;

    start();
    play_well(&p, 14, 100, 900);
    assert_int_equal(p.r.since_weight[ARM_CANARY], 1400); /* no weight: since the start */
    run_asked(&p.r, 10, p.now_ms);
    set_ms = p.now_ms;
    assert_int_equal(p.r.weight_ms, set_ms);
    assert_int_equal(p.r.since_weight[ARM_CANARY] + p.r.since_weight[ARM_BASELINE], 0);

    sums = judgement_sums(&p.r.judgement);
    play_well(&p, 6, 100, 900); /* the settle time: 30 s */
    assert_int_equal(judgement_sums(&p.r.judgement).requests[ARM_CANARY],
                     sums.requests[ARM_CANARY]);
    assert_int_equal(p.r.since_weight[ARM_CANARY], 600);
    play_well(&p, 1, 100, 900);
    assert_int_equal(judgement_sums(&p.r.judgement).requests[ARM_CANARY],
                     sums.requests[ARM_CANARY] + 100);

    run_asked(&p.r, 10, p.now_ms); /* the same weight again changes nothing */
    run_asked(&p.r, NAN, p.now_ms);
    assert_int_equal(p.r.weight_ms, set_ms);
    assert_int_equal(p.r.since_weight[ARM_CANARY], 700);
    check_close(p.r.weight, 10, 0);
}

/* An interval in which the weight was set belongs to neither stage. */
static void
the_interval_of_the_change_is_of_no_stage(void **state)
{
    struct judgement_sums sums;
    (void)state;

    start();
    play_well(&p, 14, 100, 900);
    sums = judgement_sums(&p.r.judgement);
    run_asked(&p.r, 25, p.now_ms + 2000);
    (void)play(&p, TICK, 100, 0, 900, 0);
    assert_int_equal(p.r.since_weight[ARM_CANARY], 0);
    assert_int_equal(judgement_sums(&p.r.judgement).requests[ARM_CANARY],
                     sums.requests[ARM_CANARY]);
    (void)play(&p, TICK, 100, 0, 900, 0);
    assert_int_equal(p.r.since_weight[ARM_CANARY], 100);
}

static void
the_view_is_fixed_at_the_first_judged_interval(void **state)
{
    (void)state;
    start();
    play_well(&p, 12, 100, 900);
    assert_int_equal(p.r.view, -1); /* warm-up fixes nothing */
    p.now_ms += TICK;
    play_fill(&p, VIEW_ATTEMPT, TICK, 100, 0, 900, 0); /* the users' side is gone for once */
    play_sighted(&p);
    assert_true(run_interval(&p.r, &p.i));
    assert_int_equal(p.r.view, VIEW_ATTEMPT);

    p.now_ms += TICK;
    play_fill(&p, VIEW_USER, TICK, 100, 100, 900, 0); /* it comes back: not asked any more */
    assert_true(run_interval(&p.r, &p.i));
    assert_int_equal(p.r.view, VIEW_ATTEMPT);
    assert_int_equal(judgement_sums(&p.r.judgement).bad[ARM_CANARY], 0);
    assert_int_equal(p.r.judged, 100);
}

/* Users outside the mesh: what one proxy inside reports is not the traffic. */
static void
a_view_without_the_traffic_is_not_chosen(void **state)
{
    static const struct {
        uint64_t user, attempt; /* of the baseline; the canary has a tenth */
        int      view;
    } row[] = {
        {0, 0, VIEW_USER},     {0, 9, VIEW_USER},       {0, 100, VIEW_ATTEMPT},
        {90, 900, VIEW_USER},  {30, 900, VIEW_ATTEMPT}, {900, 2700, VIEW_USER},
        {900, 300, VIEW_USER},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(row); k++) {
        struct policy policy = play_policy();

        policy.warm_up_ms = 0;
        play_start(&p, &policy);
        play_fill(&p, VIEW_ATTEMPT, TICK, row[k].attempt / 10, 0, row[k].attempt, 0);
        p.i.present[VIEW_USER] = true;
        p.i.arm[VIEW_USER][ARM_CANARY].by_class[CLASS_OK] = row[k].user / 10;
        p.i.arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = row[k].user;
        p.i.unattributed[VIEW_USER] = p.i.unattributed_faults[VIEW_USER] = 50;
        assert_true(run_interval(&p.r, &p.i));
        /* What a caller in the mesh loses is nothing to a run judged by servers. */
        assert_int_equal(p.r.lost > 0, row[k].view == VIEW_USER);
        p.i.unattributed[VIEW_USER] = p.i.unattributed_faults[VIEW_USER] = 0;
        assert_int_equal(p.r.requests[ARM_BASELINE],
                         row[k].view == VIEW_USER ? row[k].user : row[k].attempt);
    }
}

static void
an_interval_without_the_view_fixes_nothing(void **state)
{
    (void)state;
    start();
    play_well(&p, 12, 100, 900);
    (void)play(&p, MINUTE + 1, 100, 0, 900, 0); /* a gap */
    assert_int_equal(p.r.view, -1);
    p.now_ms += TICK;
    memset(&p.i, 0, sizeof p.i);
    p.i.start_ms = p.now_ms - TICK;
    p.i.end_ms = p.now_ms;
    assert_true(run_interval(&p.r, &p.i)); /* no view at all */
    assert_int_equal(p.r.view, -1);
    (void)play(&p, TICK, 100, 0, 900, 0);
    assert_int_equal(p.r.view, VIEW_USER);
}

/* Users who only see timeouts are in the attempt view as calls without answer. */
static void
calls_given_up_are_requests_in_the_attempt_view(void **state)
{
    (void)state;
    start();
    p.now_ms += TICK;
    play_fill(&p, VIEW_ATTEMPT, TICK, 10, 0, 900, 0);
    p.i.arm[VIEW_ATTEMPT][ARM_CANARY].no_response = 40;
    p.i.arm[VIEW_ATTEMPT][ARM_CANARY].by_class[CLASS_CLIENT] = 40;
    play_sighted(&p);
    assert_true(run_interval(&p.r, &p.i));
    assert_int_equal(p.r.requests[ARM_CANARY], 50);
}

static void
a_limit_that_was_written_down_must_pass(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    policy.success_rate.on = true;
    policy.success_rate.min_requests = 1000000; /* never enough */
    play_start(&p, &policy);
    play_well(&p, 400, 200, 1800);
    assert_int_equal(p.r.checks[CHECK_ERROR_RATE].verdict, VERDICT_PASS);
    assert_true(p.r.checks[CHECK_SUCCESS_RATE].required); /* although "required" does not say so */
    PLAY_PROMOTE(&p, HOLD, TOO_FEW_REQUESTS);

    policy.dry_run = 1u << CHECK_SUCCESS_RATE;
    play_start(&p, &policy);
    play_well(&p, 400, 200, 1800);
    PLAY_PROMOTE(&p, PASS, PROVEN);
}

static void
a_broken_limit_fails_and_recovers(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    policy.error_rate.on = false;
    policy.required = 0;
    policy.success_rate.on = true;
    play_start(&p, &policy);
    play_well(&p, 14, 100, 900);
    PLAY_PROMOTE(&p, PASS, PROVEN);
    for (int i = 0; i < 3; i++)
        (void)play(&p, TICK, 100, 10, 900, 0);
    PLAY_PROMOTE(&p, FAIL, SUCCESS_RATE_LOW);
    assert_true(p.r.fail_since_ms > 0);
    play_well(&p, 13, 100, 900); /* the window of a minute has only good ones again */
    PLAY_PROMOTE(&p, PASS, PROVEN);
    assert_int_equal(p.r.fail_since_ms, 0);
}

/* What a window says of old data is not told once data are missing. */
static void
a_window_that_no_longer_fills_says_nothing(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    policy.error_rate.on = false;
    policy.required = 0;
    policy.success_rate.on = true;
    play_start(&p, &policy);
    play_well(&p, 20, 100, 900);
    (void)play(&p, TICK, 100, 50, 900, 0);
    PLAY_PROMOTE(&p, FAIL, SUCCESS_RATE_LOW);
    run_blind(&p.r, REASON_SOURCE_UNREACHABLE, "connection refused");
    (void)run_decide(&p.r, p.now_ms + TICK);
    PLAY_PROMOTE(&p, HOLD, SOURCE_UNREACHABLE);
    assert_string_equal(p.r.promote.message, "connection refused");
    assert_int_equal(p.r.checks[CHECK_SUCCESS_RATE].verdict, VERDICT_HOLD);
}

/* api.md: attempt k at the rate over 2^k, counted from the first retry. */
static void
each_retry_may_spend_half(void **state)
{
    static const struct {
        uint32_t attempt;
        double   limit;
    } cases[] = {{1, 100}, {2, 200}, {3, 400}, {11, 102400}};
    const struct policy usual = play_policy();
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run_identity who = play_who();

        who.attempt = cases[i].attempt;
        run_start(&p.r, &who, &usual, 30000, PLAY_T0);
        check_close(p.r.checks[CHECK_ERROR_RATE].limit, cases[i].limit, 1e-9);
    }
    {
        struct run_identity who = play_who();

        who.attempt = UINT32_MAX; /* still a number */
        run_start(&p.r, &who, &usual, 30000, PLAY_T0);
        assert_true(isfinite(p.r.checks[CHECK_ERROR_RATE].limit));
    }
}

static void
a_told_promotion_is_forgotten_with_the_first_bad_news(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    policy.error_rate.on = false;
    policy.required = 0;
    policy.success_rate.on = true;
    play_start(&p, &policy);
    play_well(&p, 20, 100, 900);
    p.r.promotion_told = true;
    run_blind(&p.r, REASON_SOURCE_UNREACHABLE, "");
    (void)run_decide(&p.r, p.now_ms);
    assert_true(p.r.promotion_told); /* not knowing is not bad news */
    (void)play(&p, TICK, 100, 50, 900, 0);
    PLAY_PROMOTE(&p, FAIL, SUCCESS_RATE_LOW);
    assert_false(p.r.promotion_told);
}

static void
waiting_times_count_from_the_first_moment(void **state)
{
    (void)state;
    start();
    assert_int_equal(p.r.hold_since_ms, PLAY_T0);
    assert_int_equal(p.r.missing_since_ms, PLAY_T0);
    play_well(&p, 13, 99, 900);
    assert_int_equal(p.r.hold_since_ms, PLAY_T0); /* another reason, the same hold */
    assert_int_equal(p.r.missing_since_ms, 0);
    run_blind(&p.r, REASON_SOURCE_ERROR, "");
    (void)run_decide(&p.r, p.now_ms + 1);
    assert_int_equal(p.r.missing_since_ms, p.now_ms + 1);
    (void)run_decide(&p.r, p.now_ms + 2);
    assert_int_equal(p.r.missing_since_ms, p.now_ms + 1);
    play_well(&p, 300, 200, 1800);
    PLAY_PROMOTE(&p, PASS, PROVEN);
    assert_int_equal(p.r.hold_since_ms, 0);
}

static void
news_are_told_from_no_news(void **state)
{
    (void)state;
    start();
    assert_false(run_decide(&p.r, p.now_ms)); /* decided at the start */
    p.now_ms += TICK;
    play_sighted(&p);
    assert_true(run_decide(&p.r, p.now_ms)); /* starting, then no traffic */
    assert_false(run_decide(&p.r, p.now_ms + 1));
}

static void
the_view_tells_what_the_run_knows(void **state)
{
    static struct verdict_view v;
    struct policy              policy = play_policy();
    (void)state;

    policy.error_rate.on = false;
    policy.required = 0;
    policy.success_rate.on = true;
    play_start(&p, &policy);
    run_view(&p.r, p.now_ms, 1000, &v);
    assert_int_equal(v.state, VIEW_STARTING);
    assert_false(v.canary_seen);
    check_close(v.need_requests, 100, 0); /* of the policy */
    assert_true(isnan(v.weight) && isnan(v.need_seconds));
    assert_int_equal(v.first_step_mono_ms, 0);

    play_well(&p, 14, 100, 900);
    (void)play(&p, TICK, 100, 80, 900, 0); /* 80 of 1500, 5.3 %: under 99 % success */
    run_asked(&p.r, 10, p.now_ms);
    p.r.first_step_ms = p.now_ms - 3000;
    run_view(&p.r, p.now_ms + 1000, 500000, &v);
    assert_int_equal(v.state, VIEW_LIVE);
    assert_true(v.canary_seen && v.user_view && !v.aborted);
    assert_int_equal(v.promote.verdict, VERDICT_FAIL);
    assert_int_equal(v.fail_since_mono_ms, 500000 - 1000);
    assert_int_equal(v.first_step_mono_ms, 500000 - 4000);
    assert_int_equal(v.arm[ARM_CANARY].requests, 1500);
    assert_int_equal(v.arm[ARM_BASELINE].requests, 13500);
    check_close(v.arm[ARM_BASELINE].success_rate, 1, 0);
    check_close(v.weight, 10, 0);
    assert_true(isnan(v.arm[ARM_CANARY].p95_ms)); /* no histogram */
    assert_string_equal(v.policy_hash, "0123456789abcdef");
}

/* Both ways to count "how many more": requests, and seconds at 20/s. */
static void
the_view_tells_what_is_missing(void **state)
{
    static struct verdict_view v;
    (void)state;

    start();
    play_well(&p, 12, 100, 900);
    (void)play(&p, TICK, 60, 0, 900, 0);
    PLAY_PROMOTE(&p, HOLD, TOO_FEW_REQUESTS);
    run_view(&p.r, p.now_ms, 0, &v);
    assert_true(v.need_requests >= 40); /* 40 for the policy; more until it is proven */
    check_close(v.need_seconds, ceil(v.need_requests / 12), 0);
    assert_non_null(strstr(p.r.promote.message, "canary 60 of 100 requests; about 4 s more"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_through_its_states),
        cmocka_unit_test(an_abort_is_latched),
        cmocka_unit_test(ends_from_every_state),
        cmocka_unit_test(only_an_ended_abort_is_told_for_an_hour),
        cmocka_unit_test(ends_by_itself_when_nobody_cares),
        cmocka_unit_test(each_interval_is_taken_once),
        cmocka_unit_test(an_interval_that_begins_in_the_one_before_is_not_taken),
        cmocka_unit_test(a_long_gap_is_counted_and_not_judged),
        cmocka_unit_test(no_block_reaches_over_a_gap),
        cmocka_unit_test(warm_up_is_not_judged),
        cmocka_unit_test(a_worse_error_rate_aborts_and_a_shared_incident_does_not),
        cmocka_unit_test(a_new_weight_starts_the_settle_time_and_the_stage),
        cmocka_unit_test(the_interval_of_the_change_is_of_no_stage),
        cmocka_unit_test(the_view_is_fixed_at_the_first_judged_interval),
        cmocka_unit_test(a_view_without_the_traffic_is_not_chosen),
        cmocka_unit_test(an_interval_without_the_view_fixes_nothing),
        cmocka_unit_test(calls_given_up_are_requests_in_the_attempt_view),
        cmocka_unit_test(a_limit_that_was_written_down_must_pass),
        cmocka_unit_test(a_broken_limit_fails_and_recovers),
        cmocka_unit_test(a_window_that_no_longer_fills_says_nothing),
        cmocka_unit_test(each_retry_may_spend_half),
        cmocka_unit_test(a_told_promotion_is_forgotten_with_the_first_bad_news),
        cmocka_unit_test(waiting_times_count_from_the_first_moment),
        cmocka_unit_test(news_are_told_from_no_news),
        cmocka_unit_test(the_view_tells_what_the_run_knows),
        cmocka_unit_test(the_view_tells_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
