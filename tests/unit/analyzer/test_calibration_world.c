/* Calibration end to end, by simulation: history of placebos, frozen thresholds,
 * rollouts.  Rates are printed; docs/STATISTICS.md quotes them. */
#include "analyzer/placebo.h"
#include "tests/unit/analyzer/podworld.h"

#include <stdlib.h>

enum {
    WINDOW_MS = 10 * 60 * 1000,
    TICKS = WINDOW_MS / PODWORLD_TICK_MS,
    WINDOWS = 40,  /* of five placebos each: 100 in the newer half */
    ROLLOUTS = 40, /* under each history */
};

/* So that some dozens of rollouts show whether it holds. */
static const double alpha = .05, weight = .1;

static struct interval it;

static struct policy
usual(void)
{
    return (struct policy){
        .false_rollback_rate = .05,
        .false_pass_rate = .05,
        .longest_gap_ms = 60000,
        .robust_block_ms = 15000,
        .error_rate = {true, 1.1, .0005, 1.5, .001},
        .latency = {true, 1.25, .0025, 2, .01},
        .slo = {.success_rate = .99, .p95_ms = 200},
    };
}

/* A service of five pods, 100 requests a second, .5 % faults. */
static struct podworld
world_of(double every_s, double worse)
{
    return (struct podworld){.pods = 5,
                             .per_s = 100,
                             .weight = weight,
                             .faulty = .005,
                             .worse = worse,
                             .every_s = every_s,
                             .episode_s = 60,
                             .sick = 10,
                             .slower = 3};
}

/* The record after WINDOWS windows. */
static void
live(struct calibration *c, const struct policy *policy, struct podworld w, uint64_t seed)
{
    struct placebo_plan plan = {policy, weight, 1, WINDOW_MS, seed};
    struct placebo     *p = placebo_new(&plan);
    uint32_t            n;

    podworld_init(&w, &it, seed);
    while (c->n < 5 * WINDOWS) {
        const struct placebo_result *r;

        podworld_tick(&w, &it);
        (void)placebo_apply(p, &it);
        r = placebo_results(p, &n);
        for (uint32_t k = 0; k < n; k++)
            calibration_add(c, &r[k].window);
    }
    placebo_free(p);
}

/* What a rollout's statistics came to at most. */
struct came_to {
    double log_w[CALIBRATION_STATISTICS], log_own, log_objective;
};

/* A canary beside the five, with a tenth of the traffic. */
static struct came_to
roll_out(struct judgement *j, const struct policy *policy, struct podworld w, uint64_t seed)
{
    /* Keeps the statistics, never crosses. */
    struct calibration_frozen keep = {.use = CALIBRATION_USED,
                                      .floor = 1e-300,
                                      .window_ms = INT64_MAX,
                                      .tau = {1e9, 1e9, 1e9, 1e9}};
    struct came_to            most = {0};

    w.canary = 1;
    w.pods++;
    podworld_init(&w, &it, seed);
    judgement_init(j, policy, alpha, &keep);
    for (int k = 0; k < TICKS; k++) {
        podworld_tick(&w, &it);
        judgement_apply(j, &it, VIEW_ATTEMPT, true);
        for (unsigned s = 0; s < CALIBRATION_STATISTICS; s++)
            most.log_w[s] = fmax(most.log_w[s], judgement_log_sum(j, VIEW_ATTEMPT, s));
        most.log_own = fmax(most.log_own, judgement_log_sum(j, VIEW_ATTEMPT, FAMILY_OWN));
        most.log_objective =
            fmax(most.log_objective, slo_log_e(&j->burn[VIEW_ATTEMPT].success[ARM_CANARY]));
    }
    return most;
}

enum rule { RULE_OBJECTIVE, RULE_SUM, RULE_STRICT, RULE_CALIBRATED, RULES };

struct rates {
    double of[RULES]; /* share of rollouts that were rolled back */
};

static struct rates
rates_in(int histories, double every_s, double worse, uint64_t seed)
{
    const struct policy policy = usual();
    struct judgement   *j = calloc(1, sizeof *j);
    unsigned            crossed[RULES] = {0};
    struct rates        r;

    for (int h = 0; h < histories; h++) {
        struct calibration_plan   plan = {.alpha = alpha, .floor = .1, .window_ms = WINDOW_MS};
        struct calibration        c;
        struct calibration_frozen calibrated, strict;

        calibration_init(&c);
        live(&c, &policy, world_of(every_s, 1), seed + 1000 * (uint64_t)h);
        calibrated = calibration_freeze(&c, &plan);
        plan.floor = alpha;
        strict = calibration_freeze(&c, &plan);
        assert_int_equal(strict.use, CALIBRATION_USED);
        for (int k = 0; k < ROLLOUTS; k++) {
            struct came_to m = roll_out(j, &policy, world_of(every_s, worse),
                                        seed + 1000 * (uint64_t)h + 1 + (uint64_t)k);

            crossed[RULE_OBJECTIVE] += m.log_objective >= -log(alpha);
            crossed[RULE_SUM] += m.log_own >= -log(alpha);
            crossed[RULE_STRICT] += calibration_crossed(&strict, m.log_w) >= 0;
            crossed[RULE_CALIBRATED] += calibration_crossed(&calibrated, m.log_w) >= 0;
        }
        calibration_release(&c);
    }
    for (int k = 0; k < RULES; k++)
        r.of[k] = crossed[k] / (double)(histories * ROLLOUTS);
    print_message(
        "episodes each %4.0f s, faults %.1f times: SLO alone %.3f, sum %.3f, strict %.3f, "
        "calibrated %.3f\n",
        every_s, worse, r.of[RULE_OBJECTIVE], r.of[RULE_SUM], r.of[RULE_STRICT],
        r.of[RULE_CALIBRATED]);
    free(j);
    return r;
}

/* Without trouble, and with one bad pod for a minute every ten minutes or every
 * two (tenfold faults, threefold slow requests): the weighted sum with its
 * objectives is over the rate without calibration, and under it with. */
static void
false_rollbacks_stay_under_alpha(void **state)
{
    (void)state;
    /* Mean k2 / (N2 + 1) <= alpha over histories; five of them and 200
     * rollouts leave a standard deviation of .018 at .05. */
    const double most = alpha + 3.5 * .018;
    struct rates quiet = rates_in(5, 0, 1, 1), rare = rates_in(5, 600, 1, 2),
                 often = rates_in(5, 120, 1, 3);

    assert_true(quiet.of[RULE_CALIBRATED] <= most);
    assert_true(rare.of[RULE_CALIBRATED] <= most);
    assert_true(often.of[RULE_CALIBRATED] <= most);
    assert_true(quiet.of[RULE_STRICT] <= quiet.of[RULE_CALIBRATED]);
    assert_true(rare.of[RULE_STRICT] <= rare.of[RULE_CALIBRATED]);
    assert_true(often.of[RULE_SUM] > most);
    assert_true(often.of[RULE_OBJECTIVE] > often.of[RULE_CALIBRATED]);
}

/* What calibration is for: in the quiet it finds more than the rule that must be
 * right whatever happens. */
static void
regressions_are_found(void **state)
{
    (void)state;
    struct rates slight = rates_in(3, 0, 1.6, 4), plain = rates_in(1, 0, 3, 5),
                 noisy = rates_in(2, 600, 4, 6);

    assert_true(slight.of[RULE_CALIBRATED] > slight.of[RULE_SUM]);
    assert_true(plain.of[RULE_CALIBRATED] >= .95);
    assert_true(noisy.of[RULE_CALIBRATED] >= .7); /* .86 over eight histories */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_rollbacks_stay_under_alpha),
        cmocka_unit_test(regressions_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
