#include "analyzer/policy.h"
#include "tests/support/check.h"

static const uint32_t error_rate = 1u << CHECK_ERROR_RATE, latency = 1u << CHECK_LATENCY,
                      client_errors = 1u << CHECK_CLIENT_ERRORS,
                      slo_success = 1u << CHECK_SLO_SUCCESS_RATE,
                      slo_latency = 1u << CHECK_SLO_LATENCY, guard = 1u << CHECK_GUARD;

static void
what_judges_and_what_compares(void **state)
{
    static const struct {
        struct policy p;
        bool          compares, judges;
    } cases[] = {
        {{.guard = true}, false, false},
        {{.error_rate = {.on = true}}, true, true},
        {{.latency = {.on = true}}, true, true},
        {{.client_errors = {.on = true}}, true, true},
        {{.slo = {.success_rate = .99}}, false, true},
        {{.slo = {.p95_ms = 250}}, false, true},
        {{.success_rate = {.on = true}}, false, true},
        {{.p95 = {.on = true}}, false, true},
        {{.n_limits = 1}, false, true},
        {{.split = {.on = true}, .mesh = {.on = true}}, false, false}, /* they say nothing of it */
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (policy_compares(&cases[i].p) != cases[i].compares ||
            policy_judges(&cases[i].p) != cases[i].judges)
            fail_msg("case %zu", i);
}

static void
where_nothing_compares_objectives_are_required(void **state)
{
    const struct {
        double   success_rate, p95_ms;
        uint32_t required, dry_run, want;
    } cases[] = {
        {0, 0, error_rate | latency, 0, 0},
        {.99, 0, error_rate | latency, 0, slo_success},
        {.99, 250, error_rate, 0, slo_success | slo_latency},
        {0, 250, client_errors | guard, 0, guard | slo_latency},
        {.99, 250, error_rate, slo_latency, slo_success}, /* what only watches stays so */
    };
    (void)state;

    for (int phase = 0; phase < PHASE_COUNT; phase++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            const struct policy p = {
                .error_rate = {.on = true, .ratio_margin = 1.1},
                .latency = {.on = true},
                .client_errors = {.on = true},
                .slo = {.success_rate = cases[i].success_rate, .p95_ms = cases[i].p95_ms},
                .required = cases[i].required,
                .dry_run = cases[i].dry_run,
                .min_requests = 7};
            const struct policy in = policy_in_phase(&p, (enum phase)phase);
            bool                same = phase_compares((enum phase)phase);

            assert_int_equal(in.phase, phase);
            assert_int_equal(in.min_requests, 7);
            assert_int_equal(policy_compares(&in), same);
            assert_int_equal(in.required, same ? cases[i].required : cases[i].want);
            check_close(in.error_rate.ratio_margin, 1.1, 0); /* margins stay as written */
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_judges_and_what_compares),
        cmocka_unit_test(where_nothing_compares_objectives_are_required),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
