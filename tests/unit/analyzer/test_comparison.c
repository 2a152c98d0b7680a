#include "analyzer/comparison.h"
#include "tests/unit/analyzer/traffic.h"

static const struct podspread even;

static void
asked_as_the_policy_says(void **state)
{
    const struct policy p = {.false_pass_rate = .05,
                             .required = 1u << CHECK_LATENCY,
                             .dry_run = 1u << CHECK_CLIENT_ERRORS,
                             .latency = {.on = true},
                             .client_errors = {.on = true}};
    struct check_result r;
    (void)state;

    r = comparison_asked(&p, CHECK_ERROR_RATE, &p.error_rate);
    assert_false(r.configured);
    assert_int_equal(r.reason, REASON_NOT_CONFIGURED);
    r = comparison_asked(&p, CHECK_LATENCY, &p.latency);
    assert_true(r.configured && r.required && !r.dry_run);
    check_close(r.pass_limit, 20, 0); /* 1 / 0.05 */
    r = comparison_asked(&p, CHECK_CLIENT_ERRORS, &p.client_errors);
    assert_true(r.configured && !r.required && r.dry_run);
}

static void
decides_by_the_pass_side(void **state)
{
    static const double twenty = 2.995732273553991; /* log 20 */
    static const struct {
        const char         *what;
        double              log_pass, need;
        uint64_t            judged;
        enum verdict        verdict;
        enum verdict_reason reason;
        double              need_told;
    } cases[] = {
        {"too few, whatever was shown", 9, 0, 99, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, 1},
        {"too few, and more are needed", 0, 500, 60, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, 500},
        {"too few, nobody knows", 0, NAN, 60, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, 40},
        {"shown", twenty + 1e-9, 0, 100, VERDICT_PASS, REASON_PROVEN, NAN},
        {"not quite", twenty - 1e-9, 7.2, 100, VERDICT_HOLD, REASON_NOT_PROVEN, 8},
        {"never", -5, NAN, 100, VERDICT_HOLD, REASON_NOT_PROVEN, NAN},
        {"beyond any rollout", -5, 1e16, 100, VERDICT_HOLD, REASON_NOT_PROVEN, NAN},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct check_result r = check_none();
        const struct pair   judged = {.n = {cases[i].judged, 1000}};

        r.pass_limit = 20;
        comparison_decide(cases[i].log_pass, cases[i].need, &judged, 100, &r);
        if (r.verdict != cases[i].verdict || r.reason != cases[i].reason)
            fail_msg("%s: %s", cases[i].what, verdict_reason_text(r.reason));
        check_close(r.need_requests, cases[i].need_told, 0);
        check_close(r.pass_evidence, exp(cases[i].log_pass), 1e-9);
    }
}

static void
what_is_not_judged_is_not_counted(void **state)
{
    const struct pair p = {.n = {100, 900}, .x = {1, 9}};
    struct gm_odds    odds = {0};
    struct comparison c;
    (void)state;

    comparison_init(&c, 1.5, .001);
    comparison_apply(&c, &p, false, &odds);
    assert_int_equal(c.judged.n[ARM_CANARY], 0);
    check_close(comparison_log_pass(&c, &even, &odds), 0, 0);
    comparison_apply(&c, &p, true, &odds);
    comparison_apply(&c, &p, true, &odds);
    assert_int_equal(c.judged.n[ARM_CANARY], 200);
    assert_int_equal(c.judged.x[ARM_BASELINE], 18);
    assert_true(comparison_log_pass(&c, &even, &odds) != 0);
}

/* More requests like these bring the evidence where the estimate says, within
 * the length of an interval: the law behind "about N more". */
static void
the_need_is_met(void **state)
{
    const struct pair p = {.n = {100, 900}};
    struct gm_odds    odds = {0};
    struct comparison c;
    double            need;
    uint64_t          more = 0;
    (void)state;

    comparison_init(&c, 1.5, .001);
    for (int k = 0; k < 5; k++)
        comparison_apply(&c, &p, true, &odds);
    need = comparison_need(&c, &even, comparison_log_pass(&c, &even, &odds), log(20), &odds);
    assert_true(need > 0 && need < 1e5);
    while (comparison_log_pass(&c, &even, &odds) < log(20)) {
        comparison_apply(&c, &p, true, &odds);
        more += 100;
    }
    /* one ratio alone is looked at for the estimate, so it comes no sooner */
    assert_true((double)more <= need + 100);
    check_close(comparison_need(&c, &even, comparison_log_pass(&c, &even, &odds), log(20), &odds),
                0, 0);
}

static void
it_goes_on_where_it_stopped(void **state)
{
    const struct pair p = {.n = {100, 900}, .x = {1, 9}};
    struct gm_odds    odds = {0};
    struct comparison c, again;
    struct text       t;
    struct unpack     in;
    (void)state;

    comparison_init(&c, 1.5, .001);
    comparison_init(&again, 1.5, .001);
    for (int k = 0; k < 7; k++)
        comparison_apply(&c, &p, k > 2, &odds);
    check_restore(comparison_pack, comparison_unpack, &c, &again);
    check_close(comparison_log_pass(&again, &even, &odds), comparison_log_pass(&c, &even, &odds),
                0);
    c.judged.x[ARM_CANARY] = c.judged.n[ARM_CANARY] + 1; /* no count */
    text_init(&t, 4096);
    comparison_pack(&c, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    comparison_unpack(&again, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_as_the_policy_says),
        cmocka_unit_test(decides_by_the_pass_side),
        cmocka_unit_test(what_is_not_judged_is_not_counted),
        cmocka_unit_test(the_need_is_met),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
