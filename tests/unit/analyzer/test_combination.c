#include "analyzer/combination.h"
#include "tests/unit/analyzer/traffic.h"

/* check.def: 0.50, 0.35, 0.10, and 0.15 for the objectives together. */
static void
weights_are_of_what_is_asked(void **state)
{
    static const struct {
        struct policy p;
        double        want[CHECK_COUNT];
    } cases[] = {
        {{.guard = true}, {0}},
        {{.error_rate = {.on = true}}, {[CHECK_ERROR_RATE] = 1}},
        {{.error_rate = {.on = true}, .latency = {.on = true}, .client_errors = {.on = true}},
         {[CHECK_ERROR_RATE] = .5 / .95,
          [CHECK_LATENCY] = .35 / .95,
          [CHECK_CLIENT_ERRORS] = .1 / .95}},
        {{.error_rate = {.on = true}, .latency = {.on = true}, .slo = {.success_rate = .99}},
         {[CHECK_ERROR_RATE] = .5, [CHECK_LATENCY] = .35, [CHECK_SLO_SUCCESS_RATE] = .15}},
        {{.error_rate = {.on = true},
          .latency = {.on = true},
          .slo = {.success_rate = .99, .p95_ms = 250}},
         {[CHECK_ERROR_RATE] = .5,
          [CHECK_LATENCY] = .35,
          [CHECK_SLO_SUCCESS_RATE] = .075,
          [CHECK_SLO_LATENCY] = .075}},
        /* what only watches spends nothing */
        {{.error_rate = {.on = true},
          .latency = {.on = true},
          .slo = {.p95_ms = 250},
          .dry_run = 1u << CHECK_ERROR_RATE},
         {[CHECK_LATENCY] = .7, [CHECK_SLO_LATENCY] = .3}},
        /* rules are no tests */
        {{.error_rate = {.on = true}, .success_rate = {.on = true}, .p95 = {.on = true}},
         {[CHECK_ERROR_RATE] = 1}},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct combination c = combination_of(&cases[i].p);

        for (int k = 0; k < CHECK_COUNT; k++)
            check_close(c.weight[k], cases[i].want[k], 1e-15);
    }
}

static void
the_sum_is_the_weighted_mean(void **state)
{
    const struct policy p = {
        .error_rate = {.on = true}, .latency = {.on = true}, .slo = {.success_rate = .99}};
    const struct combination c = combination_of(&p);
    double                   log_e[CHECK_COUNT];
    (void)state;

    for (int k = 0; k < CHECK_COUNT; k++)
        log_e[k] = NAN; /* those without a weight are not looked at */
    log_e[CHECK_ERROR_RATE] = log(10);
    log_e[CHECK_LATENCY] = log(2);
    log_e[CHECK_SLO_SUCCESS_RATE] = log(100);
    check_close(combination_log(&c, log_e), log(.5 * 10 + .35 * 2 + .15 * 100), 1e-14);
    assert_int_equal(combination_blame(&c, log_e), CHECK_SLO_SUCCESS_RATE); /* 15 of 20.7 */
    log_e[CHECK_SLO_SUCCESS_RATE] = -INFINITY;                              /* both burn */
    check_close(combination_log(&c, log_e), log(.5 * 10 + .35 * 2), 1e-14);
    assert_int_equal(combination_blame(&c, log_e), CHECK_ERROR_RATE);
    /* beyond what exp() holds */
    log_e[CHECK_LATENCY] = 2000;
    check_close(combination_log(&c, log_e), 2000 + log(.35), 1e-9);
    assert_int_equal(combination_blame(&c, log_e), CHECK_LATENCY);
    for (int k = 0; k < CHECK_COUNT; k++)
        log_e[k] = -INFINITY;
    assert_true(combination_log(&c, log_e) == (double)-INFINITY);
    assert_int_equal(combination_blame(&c, log_e), CHECK_COUNT);
}

/* Dominates Bonferroni: one check at 1/(weight alpha) is enough, alone. */
static void
one_check_alone_is_enough(void **state)
{
    const struct policy p = {
        .error_rate = {.on = true}, .latency = {.on = true}, .client_errors = {.on = true}};
    const struct combination c = combination_of(&p);
    static const double      alpha = .01;
    (void)state;

    for (int k = 0; k < CHECK_COUNT; k++) {
        double log_e[CHECK_COUNT];

        if (!(c.weight[k] > 0))
            continue;
        for (int j = 0; j < CHECK_COUNT; j++)
            log_e[j] = j == k ? -log(c.weight[k] * alpha) : -INFINITY;
        check_close(combination_log(&c, log_e), -log(alpha), 1e-14);
        assert_int_equal(combination_blame(&c, log_e), k);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_of_what_is_asked),
        cmocka_unit_test(the_sum_is_the_weighted_mean),
        cmocka_unit_test(one_check_alone_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
