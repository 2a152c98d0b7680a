#include "analyzer/threshold.h"
#include "tests/unit/analyzer/traffic.h"

static struct interval scratch;

static struct policy
usual(void)
{
    struct policy p = {.required = 1u << CHECK_P95, .dry_run = 1u << CHECK_SUCCESS_RATE};

    p.success_rate.on = true;
    p.success_rate.min = .99;
    p.success_rate.window_ms = 60000;
    p.success_rate.min_requests = 100;
    p.p95.on = true;
    p.p95.max_ms = 250;
    p.p95.quantile = .95;
    p.p95.window_ms = 60000;
    p.p95.min_requests = 100;
    return p;
}

static void
feed(struct threshold *t, int64_t end_ms, uint64_t n, uint64_t x, bool judged)
{
    const struct pair p = {.n = {n, 0}, .x = {x, 0}};

    traffic_fill(&scratch, VIEW_USER, end_ms - 5000, end_ms, &p);
    threshold_apply(t, &scratch, VIEW_USER, judged);
}

static void
success_rate_keeps_its_limit_or_breaks_it(void **state)
{
    (void)state;
    static const struct {
        uint64_t            n, x;
        enum verdict        verdict;
        enum verdict_reason reason;
        double              value, need;
    } cases[] = {
        {0, 0, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, NAN, 100},
        {99, 99, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, 0, 1},
        {100, 0, VERDICT_PASS, REASON_WITHIN_LIMIT, 1, NAN},
        {100, 1, VERDICT_PASS, REASON_WITHIN_LIMIT, .99, NAN}, /* at the limit is within it */
        {100, 2, VERDICT_FAIL, REASON_SUCCESS_RATE_LOW, .98, NAN},
        {10000, 101, VERDICT_FAIL, REASON_SUCCESS_RATE_LOW, .9899, NAN},
    };
    const struct policy policy = usual();

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct threshold    t;
        struct check_result r;

        threshold_init(&t, CHECK_SUCCESS_RATE, &policy);
        feed(&t, 5000, cases[i].n, cases[i].x, true);
        r = threshold_result(&t);
        assert_int_equal(r.verdict, cases[i].verdict);
        assert_int_equal(r.reason, cases[i].reason);
        check_close(r.value, cases[i].value, 1e-15);
        check_close(r.need_requests, cases[i].need, 0);
        check_close(r.limit, .99, 0);
        assert_true(r.configured && r.dry_run && !r.required && isnan(r.evidence));
    }
}

static void
recovers_when_the_trouble_has_left_the_window(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct threshold    t;

    threshold_init(&t, CHECK_SUCCESS_RATE, &policy);
    feed(&t, 5000, 100, 50, true);
    for (int64_t at = 10000; at <= 60000; at += 5000) {
        assert_int_equal(threshold_result(&t).verdict, VERDICT_FAIL);
        feed(&t, at, 100, 0, true);
    }
    assert_int_equal(threshold_result(&t).verdict, VERDICT_FAIL);
    feed(&t, 65000, 100, 0, true);
    assert_int_equal(threshold_result(&t).verdict, VERDICT_PASS);
}

static void
the_warm_up_does_not_count(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct threshold    t;

    threshold_init(&t, CHECK_SUCCESS_RATE, &policy);
    feed(&t, 5000, 1000, 500, false);
    assert_int_equal(threshold_result(&t).reason, REASON_TOO_FEW_REQUESTS);
    feed(&t, 10000, 1000, 0, true);
    assert_int_equal(threshold_result(&t).verdict, VERDICT_PASS);
}

static void
off_is_not_configured(void **state)
{
    (void)state;
    struct policy    policy = usual();
    struct threshold t;

    policy.success_rate.on = policy.p95.on = false;
    for (int which = 0; which < 2; which++) {
        threshold_init(&t, which ? CHECK_P95 : CHECK_SUCCESS_RATE, &policy);
        feed(&t, 5000, 1000, 500, true);
        assert_int_equal(threshold_result(&t).reason, REASON_NOT_CONFIGURED);
        assert_false(threshold_result(&t).configured);
    }
}

enum { TO_100, TO_250, TO_500, TO_1000, OVER };

static const struct {
    uint64_t             bucket[5];
    double               limit;
    enum policy_p95_rule rule;
    enum verdict         verdict;
    enum verdict_reason  reason;
    double               value;
} p95_is_judged_by_its_bracket_cases[] = {
    {{99}, 250, POLICY_P95_BOUNDS, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, 95},
    {{100}, 250, POLICY_P95_BOUNDS, VERDICT_PASS, REASON_WITHIN_LIMIT, 95},
    {{100}, 100, POLICY_P95_BOUNDS, VERDICT_PASS, REASON_WITHIN_LIMIT, 95},
    /* (250, 500]: over 250 whatever is inside, under 500 likewise */
    {{[TO_100] = 90, [TO_500] = 10},
     250,
     POLICY_P95_BOUNDS,
     VERDICT_FAIL,
     REASON_LATENCY_HIGH,
     375},
    {{[TO_100] = 90, [TO_500] = 10},
     500,
     POLICY_P95_BOUNDS,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     375},
    /* the limit inside the bracket: rank 95 is half way through (250, 500] */
    {{[TO_100] = 90, [TO_500] = 10},
     400,
     POLICY_P95_BOUNDS,
     VERDICT_HOLD,
     REASON_BUCKET_TOO_COARSE,
     375},
    {{[TO_100] = 90, [TO_500] = 10},
     400,
     POLICY_P95_INTERPOLATED,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     375},
    {{[TO_100] = 90, [TO_500] = 10},
     300,
     POLICY_P95_INTERPOLATED,
     VERDICT_FAIL,
     REASON_LATENCY_HIGH,
     375},
    /* the last bucket has no end: Prometheus's 1000 says nothing under a
     * limit of 2000 */
    {{[TO_100] = 90, [OVER] = 10},
     2000,
     POLICY_P95_INTERPOLATED,
     VERDICT_HOLD,
     REASON_BUCKET_TOO_COARSE,
     1000},
    {{[TO_100] = 90, [OVER] = 10},
     1000,
     POLICY_P95_INTERPOLATED,
     VERDICT_FAIL,
     REASON_LATENCY_HIGH,
     1000},
};

/* Bounds 100, 250, 500, 1000, +Inf; the bracket of the p95 is (lower, upper]. */
static void
p95_is_judged_by_its_bracket(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(p95_is_judged_by_its_bracket_cases); i++) {
        struct policy       policy = usual();
        struct threshold    t;
        struct check_result r;

        policy.p95.max_ms = p95_is_judged_by_its_bracket_cases[i].limit;
        policy.p95.rule = p95_is_judged_by_its_bracket_cases[i].rule;
        threshold_init(&t, CHECK_P95, &policy);
        scratch.bounds[VIEW_USER] =
            (struct counts_bounds){.n = 5, .le_ms = {100, 250, 500, 1000, INFINITY}};
        for (int b = 0; b < 5; b++)
            scratch.arm[VIEW_USER][ARM_CANARY].bucket[b] =
                p95_is_judged_by_its_bracket_cases[i].bucket[b];
        feed(&t, 5000, 100, 0, true);
        r = threshold_result(&t);
        if (r.verdict != p95_is_judged_by_its_bracket_cases[i].verdict ||
            r.reason != p95_is_judged_by_its_bracket_cases[i].reason)
            fail_msg("case %zu: %s %s", i, verdict_text(r.verdict), verdict_reason_text(r.reason));
        check_close(r.value, p95_is_judged_by_its_bracket_cases[i].value, 1e-9);
        check_close(r.limit, p95_is_judged_by_its_bracket_cases[i].limit, 0);
        assert_true(r.configured && r.required && !r.dry_run);
    }
    scratch = (struct interval){0};
}

static void
without_a_histogram_p95_holds(void **state)
{
    (void)state;
    struct policy       policy = usual();
    struct threshold    t;
    struct check_result r;

    policy.p95.min_requests = 0; /* still: nothing timed is nothing known */
    threshold_init(&t, CHECK_P95, &policy);
    feed(&t, 5000, 100, 0, true);
    r = threshold_result(&t);
    assert_int_equal(r.verdict, VERDICT_HOLD);
    assert_int_equal(r.reason, REASON_TOO_FEW_REQUESTS);
    assert_true(isnan(r.value));
}

static void
a_restored_one_goes_on_as_if_never_stopped(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct threshold    on, off, back;

    threshold_init(&on, CHECK_SUCCESS_RATE, &policy);
    threshold_init(&off, CHECK_SUCCESS_RATE, &policy);
    for (int i = 1; i < 40; i++) {
        feed(&on, i * 5000, 100, (uint64_t)i % 4, true);
        feed(&off, i * 5000, 100, (uint64_t)i % 4, true);
        threshold_init(&back, CHECK_SUCCESS_RATE, &policy);
        check_restore(threshold_pack, threshold_unpack, &off, &back);
        off = back;
        check_same_state(threshold_pack, &off, &on);
        check_close(threshold_result(&off).value, threshold_result(&on).value, 0);
    }
}

static void
another_version_of_state_is_refused(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct threshold    t;
    struct text         packed;
    struct unpack       in;

    threshold_init(&t, CHECK_P95, &policy);
    text_init(&packed, 1 << 16);
    threshold_pack(&t, &packed);
    packed.p[0]++;
    in = (struct unpack){.rest = text_slice(&packed)};
    threshold_unpack(&t, &in);
    assert_true(in.bad);
    text_release(&packed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_rate_keeps_its_limit_or_breaks_it),
        cmocka_unit_test(recovers_when_the_trouble_has_left_the_window),
        cmocka_unit_test(the_warm_up_does_not_count),
        cmocka_unit_test(off_is_not_configured),
        cmocka_unit_test(p95_is_judged_by_its_bracket),
        cmocka_unit_test(without_a_histogram_p95_holds),
        cmocka_unit_test(a_restored_one_goes_on_as_if_never_stopped),
        cmocka_unit_test(another_version_of_state_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
