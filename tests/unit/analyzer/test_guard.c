#include "analyzer/guard.h"
#include "tests/unit/analyzer/traffic.h"

static struct interval scratch;

static const struct policy usual = {.guard = true};

static void
feed(struct guard *g, const struct pair *p)
{
    traffic_fill(&scratch, VIEW_USER, 0, 5000, p);
    guard_apply(g, &scratch, VIEW_USER);
}

/* Each of these for two intervals. */
static void
knows_a_dead_canary(void **state)
{
    (void)state;
    static const struct {
        struct pair         p;
        enum verdict        verdict;
        enum verdict_reason reason;
    } cases[] = {
        {{.n = {10, 90}, .x = {10, 0}}, VERDICT_ABORT, REASON_DEAD_CANARY},
        {{.n = {20, 90}, .x = {10, 0}}, VERDICT_ABORT, REASON_DEAD_CANARY},
        {{.n = {21, 90}, .x = {10, 0}}, VERDICT_PASS, REASON_WITHIN_LIMIT}, /* under half */
        {{.n = {9, 90}, .x = {9, 0}}, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS},
        {{.n = {10, 100}, .x = {10, 24}}, VERDICT_ABORT, REASON_DEAD_CANARY},
        {{.n = {10, 100}, .x = {10, 25}}, VERDICT_PASS, REASON_WITHIN_LIMIT}, /* both in trouble */
        {{.n = {10, 0}, .x = {10, 0}}, VERDICT_PASS, REASON_WITHIN_LIMIT}, /* nobody to compare */
        {{.n = {0, 100}}, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS},
        {{.n = {1000, 9000}, .x = {10, 0}}, VERDICT_PASS, REASON_WITHIN_LIMIT},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct guard        g;
        struct check_result r;

        guard_init(&g, &usual);
        assert_int_equal(guard_result(&g).reason, REASON_TOO_FEW_REQUESTS);
        feed(&g, &cases[i].p);
        assert_int_not_equal(guard_result(&g).verdict, VERDICT_ABORT);
        feed(&g, &cases[i].p);
        r = guard_result(&g);
        if (r.verdict != cases[i].verdict || r.reason != cases[i].reason)
            fail_msg("case %zu: %s %s", i, verdict_text(r.verdict), verdict_reason_text(r.reason));
        check_close(r.limit, .5, 0);
        check_close(r.value,
                    cases[i].p.n[0] ? (double)cases[i].p.x[0] / (double)cases[i].p.n[0] : NAN,
                    1e-15);
        assert_true(isnan(r.evidence)); /* a rule, no test */
    }
}

static void
the_two_must_follow_each_other(void **state)
{
    (void)state;
    const struct pair dead = {.n = {20, 180}, .x = {20, 0}}, well = {.n = {20, 180}};
    struct guard      g;

    guard_init(&g, &usual);
    feed(&g, &dead);
    feed(&g, &well);
    feed(&g, &dead);
    assert_int_equal(guard_result(&g).verdict, VERDICT_PASS);
    feed(&g, &dead);
    assert_int_equal(guard_result(&g).verdict, VERDICT_ABORT);
    feed(&g, &well); /* the run latches, the guard does not */
    assert_int_equal(guard_result(&g).verdict, VERDICT_PASS);
}

/* Users see nothing but timeouts, the server books code 0 without a fault. */
static void
silence_in_the_attempt_view_is_death(void **state)
{
    (void)state;
    struct guard g;

    scratch.arm[VIEW_ATTEMPT][ARM_CANARY].no_response = 40;
    scratch.arm[VIEW_ATTEMPT][ARM_BASELINE].by_class[CLASS_OK] = 300;
    scratch.arm[VIEW_ATTEMPT][ARM_BASELINE].no_response = 3;
    guard_init(&g, &usual);
    guard_apply(&g, &scratch, VIEW_ATTEMPT);
    guard_apply(&g, &scratch, VIEW_ATTEMPT);
    assert_int_equal(guard_result(&g).verdict, VERDICT_ABORT);
    check_close(g.canary_share, 1, 0);
    check_close(g.baseline_share, 3. / 303, 1e-15);
    scratch = (struct interval){0};
}

static void
off_is_not_configured(void **state)
{
    (void)state;
    const struct pair   dead = {.n = {20, 180}, .x = {20, 0}};
    const struct policy off = {.guard = false};
    struct guard        g;

    guard_init(&g, &off);
    feed(&g, &dead);
    feed(&g, &dead);
    assert_int_equal(guard_result(&g).reason, REASON_NOT_CONFIGURED);
}

static void
hostile_counts_are_no_death(void **state)
{
    (void)state;
    struct guard g;

    guard_init(&g, &usual);
    scratch.arm[VIEW_USER][ARM_CANARY].by_class[CLASS_APP] = UINT64_MAX;
    scratch.arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = UINT64_MAX;
    guard_apply(&g, &scratch, VIEW_USER);
    guard_apply(&g, &scratch, VIEW_USER);
    assert_int_not_equal(guard_result(&g).verdict, VERDICT_ABORT);
    scratch = (struct interval){0};
}

static void
restored_state_is_the_same(void **state)
{
    (void)state;
    const struct pair dead = {.n = {20, 180}, .x = {20, 0}};
    struct guard      g, back;
    struct text       t;
    struct unpack     in;

    guard_init(&g, &usual);
    guard_init(&back, &usual);
    feed(&g, &dead);
    check_restore(guard_pack, guard_unpack, &g, &back);
    feed(&back, &dead);
    assert_int_equal(guard_result(&back).verdict, VERDICT_ABORT);

    text_init(&t, 1000);
    guard_pack(&g, &t);
    t.p[0]++;
    in = (struct unpack){.rest = text_slice(&t)};
    guard_unpack(&back, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_a_dead_canary),
        cmocka_unit_test(the_two_must_follow_each_other),
        cmocka_unit_test(silence_in_the_attempt_view_is_death),
        cmocka_unit_test(off_is_not_configured),
        cmocka_unit_test(hostile_counts_are_no_death),
        cmocka_unit_test(restored_state_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
