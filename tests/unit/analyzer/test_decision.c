#include "analyzer/decision.h"
#include "tests/unit/analyzer/run_play.h"

static struct play desk;

enum { MINUTE = 60000 };

/* A run whose checks are laid down by hand: data are there, nothing else is
 * configured. */
static struct run *
laid_out(const struct policy *p)
{
    struct run *r = &desk.r;

    play_start(&desk, p);
    for (int c = 0; c < CHECK_COUNT; c++)
        r->checks[c] = check_none();
    r->checks[CHECK_DATA].configured = r->checks[CHECK_DATA].required = true;
    r->checks[CHECK_DATA].verdict = VERDICT_PASS;
    r->checks[CHECK_DATA].reason = REASON_NONE;
    return r;
}

static void
lay(struct run *r, enum check c, enum verdict v, enum verdict_reason why, bool required)
{
    r->checks[c].configured = true;
    r->checks[c].required = required;
    r->checks[c].verdict = v;
    r->checks[c].reason = why;
}

static void
data_says(struct run *r, enum verdict_reason why)
{
    lay(r, CHECK_DATA, why == REASON_NONE ? VERDICT_PASS : VERDICT_HOLD, why, true);
}

/* Lay each subset of these answers down: the verdict is that of the highest
 * one that is there (design.md §1: abort, then fail, then hold, then pass). */
static void
abort_before_missing_data_before_fail_before_hold_before_pass(void **state)
{
    static const struct {
        enum check          check;
        enum verdict        verdict;
        enum verdict_reason reason;
    } by_rank[] = {
        {CHECK_GUARD, VERDICT_ABORT, REASON_DEAD_CANARY},
        {CHECK_DATA, VERDICT_HOLD, REASON_STALE_DATA},
        {CHECK_SUCCESS_RATE, VERDICT_FAIL, REASON_SUCCESS_RATE_LOW},
        {CHECK_ERROR_RATE, VERDICT_HOLD, REASON_NOT_PROVEN},
    };
    struct policy p = play_policy();
    (void)state;

    for (unsigned set = 0; set < 1u << ARRAY_LEN(by_rank); set++) {
        struct run        *r = laid_out(&p);
        struct view_answer a;
        size_t             first = 0;

        lay(r, CHECK_ERROR_RATE, VERDICT_PASS, REASON_PROVEN, true);
        for (size_t i = 0; i < ARRAY_LEN(by_rank); i++)
            if (set >> i & 1)
                lay(r, by_rank[i].check, by_rank[i].verdict, by_rank[i].reason, true);
        while (first < ARRAY_LEN(by_rank) && !(set >> first & 1))
            first++;
        a = decision_of_checks(r, desk.now_ms);
        play_told(&a, first < ARRAY_LEN(by_rank) ? by_rank[first].verdict : VERDICT_PASS,
                  first < ARRAY_LEN(by_rank) ? by_rank[first].reason : REASON_PROVEN, "set",
                  (int)set);
    }
}

/* Too few requests and warming up are waited for; a limit that is broken on
 * enough requests of its own is broken all the same. */
static void
fail_comes_before_waiting_for_requests(void **state)
{
    static const enum verdict_reason waits[] = {REASON_WARMING_UP, REASON_TOO_FEW_REQUESTS};
    struct policy                    p = play_policy();
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        struct run        *r = laid_out(&p);
        struct view_answer a;

        data_says(r, waits[i]);
        a = decision_of_checks(r, desk.now_ms);
        play_told(&a, VERDICT_HOLD, waits[i], "alone", (int)i);
        lay(r, CHECK_P95, VERDICT_FAIL, REASON_LATENCY_HIGH, true);
        a = decision_of_checks(r, desk.now_ms);
        play_told(&a, VERDICT_FAIL, REASON_LATENCY_HIGH, "with fail", (int)i);
    }
}

static void
dry_run_counts_for_nothing(void **state)
{
    static const enum verdict verdicts[] = {VERDICT_HOLD, VERDICT_FAIL, VERDICT_ABORT};
    struct policy             p = play_policy();
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
        for (enum check c = 0; c < CHECK_DATA; c++) {
            struct run        *r = laid_out(&p);
            struct view_answer a;

            lay(r, c, verdicts[i], REASON_NOT_PROVEN, true);
            r->checks[c].dry_run = true;
            a = decision_of_checks(r, desk.now_ms);
            play_told(&a, VERDICT_PASS, REASON_PROVEN, check_text(c), (int)i);
        }
}

static void
what_is_not_configured_counts_for_nothing(void **state)
{
    struct policy      p = play_policy();
    struct run        *r = laid_out(&p);
    struct view_answer a;
    (void)state;

    lay(r, CHECK_SPLIT, VERDICT_ABORT, REASON_ROUTING_MISMATCH, true);
    r->checks[CHECK_SPLIT].configured = false;
    a = decision_of_checks(r, desk.now_ms);
    PLAY_TOLD(&a, PASS, PROVEN);
}

/* Only a required check can hold the run back; fail and abort need not be
 * required. */
static void
required_is_about_holding(void **state)
{
    struct policy      p = play_policy();
    struct run        *r = laid_out(&p);
    struct view_answer a;
    (void)state;

    lay(r, CHECK_GUARD, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, false);
    a = decision_of_checks(r, desk.now_ms);
    PLAY_TOLD(&a, PASS, PROVEN);
    r->checks[CHECK_GUARD].required = true;
    a = decision_of_checks(r, desk.now_ms);
    PLAY_TOLD(&a, HOLD, TOO_FEW_REQUESTS);
    lay(r, CHECK_GUARD, VERDICT_ABORT, REASON_DEAD_CANARY, false);
    a = decision_of_checks(r, desk.now_ms);
    PLAY_TOLD(&a, ABORT, DEAD_CANARY);
}

/* pass exists without traffic only as no_traffic: pass, once a stage's time has
 * been watched without a single request, and never for data that cannot be read. */
static void
no_traffic_passes_where_nobody_came(void **state)
{
    static const struct {
        bool                passes;
        enum verdict_reason data;
        int64_t             watched_ms, weight_after_ms; /* 0: no weight was set */
        uint64_t            requests;
        enum verdict_reason want; /* NO_TRAFFIC_PASSES passes, all else holds */
    } cases[] = {
        {true, REASON_NO_TRAFFIC, MINUTE, 0, 0, REASON_NO_TRAFFIC_PASSES},
        {true, REASON_NO_TRAFFIC, MINUTE - 1, 0, 0, REASON_NO_TRAFFIC}, /* it may come yet */
        {true, REASON_NO_TRAFFIC, 0, 0, 0, REASON_NO_TRAFFIC},
        {true, REASON_NO_TRAFFIC, 5 * MINUTE, 4 * MINUTE + 1, 0, REASON_NO_TRAFFIC},
        {true, REASON_NO_TRAFFIC, 5 * MINUTE, 4 * MINUTE, 0, REASON_NO_TRAFFIC_PASSES},
        {true, REASON_NO_TRAFFIC, 5 * MINUTE, 0, 1, REASON_NO_TRAFFIC}, /* it went silent */
        {false, REASON_NO_TRAFFIC, 5 * MINUTE, 0, 0, REASON_NO_TRAFFIC},
        {true, REASON_SOURCE_UNREACHABLE, 5 * MINUTE, 0, 0, REASON_SOURCE_UNREACHABLE},
        {true, REASON_SOURCE_ERROR, 5 * MINUTE, 0, 0, REASON_SOURCE_ERROR},
        {true, REASON_STALE_DATA, 5 * MINUTE, 0, 0, REASON_STALE_DATA},
        {true, REASON_STARTING, 5 * MINUTE, 0, 0, REASON_STARTING},
        {true, REASON_VERSIONS_INDISTINGUISHABLE, 5 * MINUTE, 0, 0,
         REASON_VERSIONS_INDISTINGUISHABLE},
        {true, REASON_NO_BASELINE, 5 * MINUTE, 0, 0, REASON_NO_BASELINE},
        {true, REASON_NO_INSTANCE_LABEL, 5 * MINUTE, 0, 0, REASON_NO_INSTANCE_LABEL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct policy      p = play_policy();
        struct run        *r;
        struct view_answer a;

        p.no_traffic_passes = cases[i].passes;
        r = laid_out(&p);
        data_says(r, cases[i].data);
        r->snapshot_ms = r->started_ms + cases[i].watched_ms;
        r->weight_ms = cases[i].weight_after_ms ? r->started_ms + cases[i].weight_after_ms : 0;
        r->requests[ARM_CANARY] = cases[i].requests;
        a = decision_of_checks(r, r->snapshot_ms);
        play_told(&a, cases[i].want == REASON_NO_TRAFFIC_PASSES ? VERDICT_PASS : VERDICT_HOLD,
                  cases[i].want, "case", (int)i);
    }
}

static void
a_step_needs_proof_or_no_sign_of_harm(void **state)
{
    static const struct {
        enum policy_advance advance;
        enum verdict        promote;
        enum verdict_reason why, data;
        int64_t             stage_ms;
        uint64_t            since_weight;
        enum verdict        want;
        enum verdict_reason want_why;
    } cases[] = {
        {POLICY_ADVANCE_PROVEN, VERDICT_HOLD, REASON_NOT_PROVEN, REASON_NONE, MINUTE, 100,
         VERDICT_HOLD, REASON_NOT_PROVEN},
        {POLICY_ADVANCE_PROVEN, VERDICT_PASS, REASON_PROVEN, REASON_NONE, 0, 0, VERDICT_PASS,
         REASON_PROVEN},
        {POLICY_ADVANCE_UNHARMED, VERDICT_HOLD, REASON_NOT_PROVEN, REASON_NONE, MINUTE, 100,
         VERDICT_PASS, REASON_UNHARMED},
        {POLICY_ADVANCE_UNHARMED, VERDICT_HOLD, REASON_NOT_PROVEN, REASON_NONE, MINUTE - 1, 100,
         VERDICT_HOLD, REASON_STAGE_MIN_TIME},
        {POLICY_ADVANCE_UNHARMED, VERDICT_HOLD, REASON_NOT_PROVEN, REASON_NONE, MINUTE, 99,
         VERDICT_HOLD, REASON_TOO_FEW_REQUESTS},
        {POLICY_ADVANCE_UNHARMED, VERDICT_PASS, REASON_PROVEN, REASON_NONE, 0, 0, VERDICT_PASS,
         REASON_PROVEN},
        /* a check that fails or aborts, also where the policy only advises */
        {POLICY_ADVANCE_UNHARMED, VERDICT_FAIL, REASON_LATENCY_HIGH, REASON_NONE, MINUTE, 100,
         VERDICT_FAIL, REASON_LATENCY_HIGH},
        {POLICY_ADVANCE_UNHARMED, VERDICT_ABORT, REASON_ERROR_RATE_WORSE, REASON_NONE, MINUTE, 100,
         VERDICT_ABORT, REASON_ERROR_RATE_WORSE},
        {POLICY_ADVANCE_UNHARMED, VERDICT_HOLD, REASON_ADVISORY, REASON_NONE, MINUTE, 100,
         VERDICT_HOLD, REASON_ADVISORY},
        /* data that are not fresh, or not there */
        {POLICY_ADVANCE_UNHARMED, VERDICT_HOLD, REASON_STALE_DATA, REASON_STALE_DATA, MINUTE, 100,
         VERDICT_HOLD, REASON_STALE_DATA},
        {POLICY_ADVANCE_UNHARMED, VERDICT_HOLD, REASON_WARMING_UP, REASON_WARMING_UP, MINUTE, 100,
         VERDICT_HOLD, REASON_WARMING_UP},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view_answer promote = {.verdict = cases[i].promote, .reason = cases[i].why}, a;
        struct policy      p = play_policy();
        struct run        *r;

        p.advance = cases[i].advance;
        r = laid_out(&p);
        data_says(r, cases[i].data);
        r->weight_ms = PLAY_T0;
        r->canary_first_ms = PLAY_T0 - MINUTE;
        r->since_weight[ARM_CANARY] = cases[i].since_weight;
        a = decision_of_step(r, &promote, PLAY_T0 + cases[i].stage_ms);
        play_told(&a, cases[i].want, cases[i].want_why, "case", (int)i);
    }
}

/* What nobody promotes over is a sign of harm, or of not seeing: no step goes over
 * it, though another check holds first. */
static void
no_step_goes_over_what_always_holds(void **state)
{
    static const struct {
        enum check          by;
        enum verdict_reason why;
        bool                dry_run;
        enum verdict        want;
    } cases[] = {
        {CHECK_ERROR_RATE, REASON_MASKED_BY_RETRIES, false, VERDICT_HOLD},
        {CHECK_SLO_SUCCESS_RATE, REASON_SHARED_INCIDENT, false, VERDICT_HOLD},
        {CHECK_SPLIT, REASON_ROUTING_MISMATCH, false, VERDICT_HOLD},
        {CHECK_MESH, REASON_HOSTS_EJECTED, false, VERDICT_HOLD},
        {CHECK_MESH, REASON_HOSTS_EJECTED, true, VERDICT_PASS},
        {CHECK_MESH, REASON_NOT_REPORTED, false, VERDICT_PASS},
        {CHECK_SPLIT, REASON_NO_WEIGHT, false, VERDICT_PASS},
    };
    struct view_answer promote = {.verdict = VERDICT_HOLD, .reason = REASON_NOT_PROVEN}, a;
    struct policy      p = play_policy();
    struct run        *r;
    (void)state;

    p.advance = POLICY_ADVANCE_UNHARMED;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        r = laid_out(&p);
        lay(r, CHECK_LATENCY, VERDICT_HOLD, REASON_NOT_PROVEN, true);
        lay(r, cases[i].by, VERDICT_HOLD, cases[i].why, false);
        r->checks[cases[i].by].dry_run = cases[i].dry_run;
        r->weight_ms = PLAY_T0;
        r->since_weight[ARM_CANARY] = 1000;
        a = decision_of_step(r, &promote, PLAY_T0 + MINUTE);
        play_told(&a, cases[i].want, cases[i].want == VERDICT_PASS ? REASON_UNHARMED : cases[i].why,
                  "case", (int)i);
    }
}

/* Nor over a limit of the user's own that is broken now, if not often enough yet to fail. */
static void
no_step_goes_over_a_broken_limit(void **state)
{
    struct view_answer promote = {.verdict = VERDICT_HOLD, .reason = REASON_NOT_PROVEN}, a;
    struct policy      p = play_policy();
    struct run        *r;
    (void)state;

    p.advance = POLICY_ADVANCE_UNHARMED;
    p.n_limits = 1;
    p.limit[0] = (struct policy_limit){
        .name = "own", .min = .9, .max = NAN, .window_ms = MINUTE, .fails = 1, .of = 1};
    r = laid_out(&p);
    r->weight_ms = PLAY_T0;
    r->since_weight[ARM_CANARY] = 1000;
    r->limits[0] = (struct check_result){
        .configured = true, .verdict = VERDICT_HOLD, .reason = REASON_LIMIT_BROKEN};
    a = decision_of_step(r, &promote, PLAY_T0 + MINUTE);
    PLAY_TOLD(&a, HOLD, LIMIT_BROKEN);
    r->limits[0].reason = REASON_NO_VALUE;
    a = decision_of_step(r, &promote, PLAY_T0 + MINUTE);
    PLAY_TOLD(&a, PASS, UNHARMED);
}

/* Where nobody says a weight, the stage is the canary's life. */
static void
a_stage_without_weight_starts_with_the_canary(void **state)
{
    struct view_answer promote = {.verdict = VERDICT_HOLD, .reason = REASON_NOT_PROVEN}, a;
    struct policy      p = play_policy();
    struct run        *r;
    (void)state;

    p.advance = POLICY_ADVANCE_UNHARMED;
    r = laid_out(&p);
    r->canary_first_ms = PLAY_T0;
    r->since_weight[ARM_CANARY] = 1000;
    a = decision_of_step(r, &promote, PLAY_T0 + MINUTE - 1);
    PLAY_TOLD(&a, HOLD, STAGE_MIN_TIME);
    a = decision_of_step(r, &promote, PLAY_T0 + MINUTE);
    PLAY_TOLD(&a, PASS, UNHARMED);
}

static void
a_hold_lasts_as_long_as_the_policy_allows(void **state)
{
    static const struct {
        int64_t             after_ms, held_ms, missing_ms; /* missing -1: data are there */
        enum verdict        no_data, then;
        enum verdict        want;
        enum verdict_reason want_why; /* NONE: what was found */
    } cases[] = {
        {0, 99 * MINUTE, -1, VERDICT_ABORT, VERDICT_ABORT, VERDICT_HOLD, REASON_NONE},
        {MINUTE, MINUTE - 1, -1, VERDICT_HOLD, VERDICT_FAIL, VERDICT_HOLD, REASON_NONE},
        {MINUTE, MINUTE, -1, VERDICT_HOLD, VERDICT_FAIL, VERDICT_FAIL, REASON_MAX_HOLD},
        {MINUTE, MINUTE, -1, VERDICT_HOLD, VERDICT_ABORT, VERDICT_ABORT, REASON_MAX_HOLD},
        {MINUTE, MINUTE, -1, VERDICT_HOLD, VERDICT_HOLD, VERDICT_HOLD, REASON_NONE},
        /* no_data is not for a run that has data */
        {MINUTE, 2 * MINUTE, -1, VERDICT_ABORT, VERDICT_HOLD, VERDICT_HOLD, REASON_NONE},
        /* nor for one whose data are missing only now */
        {MINUTE, 2 * MINUTE, 5000, VERDICT_ABORT, VERDICT_HOLD, VERDICT_HOLD, REASON_NONE},
        {MINUTE, 2 * MINUTE, 5000, VERDICT_ABORT, VERDICT_FAIL, VERDICT_FAIL, REASON_MAX_HOLD},
        {MINUTE, 2 * MINUTE, MINUTE, VERDICT_ABORT, VERDICT_HOLD, VERDICT_ABORT, REASON_NO_DATA},
        {MINUTE, MINUTE, MINUTE, VERDICT_FAIL, VERDICT_ABORT, VERDICT_FAIL, REASON_NO_DATA},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool               missing = cases[i].missing_ms >= 0;
        struct view_answer found = {.verdict = VERDICT_HOLD,
                                    .reason =
                                        missing ? REASON_SOURCE_UNREACHABLE : REASON_NOT_PROVEN},
                           a;
        struct policy p = play_policy();
        struct run   *r;

        p.max_hold_ms = cases[i].after_ms;
        p.no_data = cases[i].no_data;
        p.max_hold_then = cases[i].then;
        r = laid_out(&p);
        r->hold_since_ms = PLAY_T0 - cases[i].held_ms;
        r->missing_since_ms = missing ? PLAY_T0 - cases[i].missing_ms : 0;
        r->found = found;
        a = decision_told(r, &found, PLAY_T0);
        play_told(&a, cases[i].want,
                  cases[i].want_why == REASON_NONE ? found.reason : cases[i].want_why, "case",
                  (int)i);
    }
}

static void
a_first_week_only_advises(void **state)
{
    static const struct {
        enum policy_mode mode;
        enum verdict     found, want;
    } cases[] = {
        {POLICY_ENFORCE, VERDICT_ABORT, VERDICT_ABORT},
        {POLICY_ENFORCE, VERDICT_FAIL, VERDICT_FAIL},
        {POLICY_ADVISE_HOLD, VERDICT_ABORT, VERDICT_HOLD},
        {POLICY_ADVISE_HOLD, VERDICT_FAIL, VERDICT_HOLD},
        {POLICY_ADVISE_PASS, VERDICT_ABORT, VERDICT_PASS},
        {POLICY_ADVISE_PASS, VERDICT_FAIL, VERDICT_PASS},
        {POLICY_ADVISE_HOLD, VERDICT_PASS, VERDICT_PASS},
        {POLICY_ADVISE_PASS, VERDICT_HOLD, VERDICT_HOLD},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view_answer found = {.verdict = cases[i].found, .reason = REASON_DEAD_CANARY}, a;
        struct policy      p = play_policy();
        struct run        *r;

        p.mode = cases[i].mode;
        r = laid_out(&p);
        a = decision_told(r, &found, PLAY_T0);
        play_told(&a, cases[i].want,
                  cases[i].want == cases[i].found ? REASON_DEAD_CANARY : REASON_ADVISORY, "case",
                  (int)i);
        if (a.reason == REASON_ADVISORY)
            assert_non_null(strstr(a.message, verdict_text(cases[i].found)));
    }
}

/* What would have been told is named, not what the checks found. */
static void
advice_names_what_the_waiting_time_made_of_it(void **state)
{
    struct view_answer found = {.verdict = VERDICT_HOLD, .reason = REASON_NOT_PROVEN}, a;
    struct policy      p = play_policy();
    struct run        *r;
    (void)state;

    p.mode = POLICY_ADVISE_HOLD;
    p.max_hold_ms = MINUTE;
    p.max_hold_then = VERDICT_FAIL;
    r = laid_out(&p);
    r->found = found;
    r->hold_since_ms = PLAY_T0 - MINUTE;
    a = decision_told(r, &found, PLAY_T0);
    PLAY_TOLD(&a, HOLD, ADVISORY);
    assert_non_null(strstr(a.message, "would be fail (max_hold)"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(abort_before_missing_data_before_fail_before_hold_before_pass),
        cmocka_unit_test(fail_comes_before_waiting_for_requests),
        cmocka_unit_test(dry_run_counts_for_nothing),
        cmocka_unit_test(what_is_not_configured_counts_for_nothing),
        cmocka_unit_test(required_is_about_holding),
        cmocka_unit_test(no_traffic_passes_where_nobody_came),
        cmocka_unit_test(a_step_needs_proof_or_no_sign_of_harm),
        cmocka_unit_test(no_step_goes_over_what_always_holds),
        cmocka_unit_test(no_step_goes_over_a_broken_limit),
        cmocka_unit_test(a_stage_without_weight_starts_with_the_canary),
        cmocka_unit_test(a_hold_lasts_as_long_as_the_policy_allows),
        cmocka_unit_test(a_first_week_only_advises),
        cmocka_unit_test(advice_names_what_the_waiting_time_made_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
