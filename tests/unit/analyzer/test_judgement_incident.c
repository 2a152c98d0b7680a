#include "analyzer/judgement.h"
#include "tests/unit/analyzer/traffic.h"

enum { TICK_MS = 5000, ROLLOUTS = 200 };

static struct interval scratch;

static struct policy
usual(void)
{
    return (struct policy){.false_rollback_rate = .01,
                           .false_pass_rate = .05,
                           .robust_block_ms = 15000,
                           .min_requests = 100,
                           .error_rate = {true, 1.1, .0005, 1.5, .001},
                           .latency = {true, 1.25, .0025, 2, .01},
                           .client_errors = {true, 1.5, .005, 2, .02},
                           .slo = {.success_rate = .99}};
}

static void
begin(struct judgement *j, const struct policy *p)
{
    const struct calibration_frozen none = calibration_none(CALIBRATION_OFF);

    judgement_init(j, p, .01, &none);
}

/* One interval; faults come in clumps. */
static void
tick(struct judgement *j, struct prng *rnd, int t, const double n[ARM_COUNT],
     const double share[ARM_COUNT], uint64_t clump)
{
    struct pair p = {0};

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        uint64_t x;

        p.n[arm] = traffic_poisson(rnd, n[arm]);
        x = traffic_binomial(rnd, p.n[arm], share[arm] / (double)clump) * clump;
        p.x[arm] = x < p.n[arm] ? x : p.n[arm];
    }
    traffic_fill(&scratch, VIEW_USER, (int64_t)t * TICK_MS, (int64_t)(t + 1) * TICK_MS, &p);
    judgement_apply(j, &scratch, VIEW_USER, true);
}

/* Both versions fail alike for some time, at any weight: that is nobody's
 * rollback, though the canary's budget may be burnt before the baseline's own
 * few requests have shown that theirs is. */
static void
an_incident_of_both_rolls_nothing_back(void **state)
{
    (void)state;
    static const struct {
        double   n[ARM_COUNT], share;
        int      from, until;
        uint64_t clump;
    } worlds[] = {
        {{50, 450}, .05, 30, 60, 5}, {{250, 250}, .05, 0, 180, 1}, {{250, 250}, .05, 30, 60, 5},
        {{450, 50}, .05, 0, 180, 1}, {{450, 50}, .2, 8, 20, 1},    {{450, 50}, .05, 30, 60, 5},
    };
    const struct policy     p = usual();
    struct prng             rnd = {77};
    static struct judgement j;

    for (size_t w = 0; w < ARRAY_LEN(worlds); w++) {
        int rolled_back = 0;

        for (int k = 0; k < ROLLOUTS; k++) {
            begin(&j, &p);
            for (int t = 0; t < 180; t++) {
                bool   bad = t >= worlds[w].from && t < worlds[w].until;
                double share = bad ? worlds[w].share : .002;

                tick(&j, &rnd, t, worlds[w].n, (double[]){share, share}, worlds[w].clump);
            }
            rolled_back += j.crossed != JUDGEMENT_NONE;
        }
        print_message("world %zu: %d of %d rolled back\n", w, rolled_back, ROLLOUTS);
        /* 1 % of them, and chance */
        assert_true(rolled_back <= 8);
    }
}

/* The objective is what sees an outage quickly at half of the traffic, where
 * betting on blocks is slow. */
static void
an_outage_of_the_canary_is_still_quick(void **state)
{
    (void)state;
    static const double     n[] = {250, 250}, share[] = {.3, .002};
    const struct policy     p = usual();
    struct prng             rnd = {5};
    static struct judgement j;
    int                     t = 0;

    begin(&j, &p);
    for (; t < 20; t++)
        tick(&j, &rnd, t, n, (double[]){.002, .002}, 1);
    for (; t < 60 && j.crossed == JUDGEMENT_NONE; t++)
        tick(&j, &rnd, t, n, share, 1);
    assert_true(t <= 22);
    assert_int_equal(j.blamed, CHECK_SLO_SUCCESS_RATE);
}

/* Once the baseline has no traffic left the objective alone judges. */
static void
nobody_beside_it_excuses_nothing(void **state)
{
    (void)state;
    static const double     n[] = {500, 0}, share[] = {.2, 0};
    const struct policy     p = usual();
    struct prng             rnd = {5};
    static struct judgement j;

    begin(&j, &p);
    for (int t = 0; t < 20; t++)
        tick(&j, &rnd, t, (double[]){250, 250}, (double[]){.002, .002}, 1);
    for (int t = 20; t < 200; t++)
        tick(&j, &rnd, t, n, (double[]){.002, 0}, 1);
    for (int t = 200; t < 220; t++)
        tick(&j, &rnd, t, n, share, 1);
    assert_int_equal(j.crossed, JUDGEMENT_SUM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incident_of_both_rolls_nothing_back),
        cmocka_unit_test(an_outage_of_the_canary_is_still_quick),
        cmocka_unit_test(nobody_beside_it_excuses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
