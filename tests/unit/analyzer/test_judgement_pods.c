#include "analyzer/judgement.h"
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* 1,000 requests/s on nine pods and the canary's one, 0.5 % faults; one of the nine
 * has ten times that for a minute, right after the warm-up. */
enum { PODS = 9, PER_POD = 500, WARM = 12, SICK = 12, WELL = 120 };

static struct interval it;

static const struct policy policy = {
    .false_rollback_rate = .01,
    .false_pass_rate = .05,
    .robust_block_ms = 15000,
    .min_requests = 100,
    .error_rate = {true, 1.1, .0005, 1.5, .001},
};

static void
serve(struct counts *c, uint64_t n, uint64_t faults)
{
    c->by_class[CLASS_OK] += n - faults;
    c->by_class[CLASS_APP] += faults;
}

/* 2 and 3 faults in turn are 0.5 %. */
static void
tick(int t, uint64_t canary_faults, bool sick, bool pods)
{
    memset(it.arm, 0, sizeof it.arm);
    it.start_ms = (int64_t)t * 5000;
    it.end_ms = it.start_ms + 5000;
    it.present[VIEW_USER] = true;
    it.present[VIEW_ATTEMPT] = pods;
    it.n_pods = pods ? PODS + 1 : 0;
    for (int k = 0; k <= PODS; k++) {
        struct interval_pod *p = &it.pods[k];
        enum counts_arm      arm = k == PODS ? ARM_CANARY : ARM_BASELINE;
        uint64_t             faults = 2 + (uint64_t)((t + k) & 1);

        if (arm == ARM_CANARY)
            faults = canary_faults;
        else if (sick && k == 4)
            faults *= 10;
        snprintf(p->name, sizeof p->name, "%s-%d", arm == ARM_CANARY ? "v2" : "v1", k);
        p->arm = (uint8_t)arm;
        p->requests = PER_POD;
        p->faults = faults;
        for (int view = 0; view < VIEW_COUNT; view++)
            serve(&it.arm[view][arm], PER_POD, faults);
    }
}

/* Seconds from the warm-up's end until pass is told for the first time, -1: never. */
static int
passes_after(uint64_t canary_faults, bool pods)
{
    static struct judgement         j;
    const struct calibration_frozen none = calibration_none(CALIBRATION_OFF);
    struct check_result             r[CHECK_COUNT];

    judgement_init(&j, &policy, .01, &none);
    for (int t = 0; t < WARM + SICK + WELL; t++) {
        tick(t, canary_faults, t >= WARM && t < WARM + SICK, pods);
        judgement_apply(&j, &it, VIEW_USER, t >= WARM);
        judgement_results(&j, VIEW_USER, r);
        if (r[CHECK_ERROR_RATE].verdict == VERDICT_PASS)
            return (t + 1 - WARM) * 5;
    }
    return -1;
}

/* 1 % faults of the canary, the pass margin is 0.85 %.  Without pods the sick one
 * is the baseline, which has 1 % in that minute, and the canary looks as good:
 * that is what pods are for. */
static void
a_sick_pod_of_the_baseline_passes_no_bad_canary(void **state)
{
    int by_users;
    (void)state;

    by_users = passes_after(5, false);
    assert_true(by_users > 0 && by_users <= SICK * 5);
    assert_int_equal(passes_after(5, true), -1);
}

/* A canary like the other pods passes beside a sick one nearly as soon as where
 * nobody knows of pods, and no sooner. */
static void
nor_does_it_hold_a_good_one_for_long(void **state)
{
    int by_users, with_pods;
    (void)state;

    by_users = passes_after(2, false);
    with_pods = passes_after(2, true);
    assert_true(by_users > 0 && with_pods >= by_users);
    assert_true(with_pods <= 180);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sick_pod_of_the_baseline_passes_no_bad_canary),
        cmocka_unit_test(nor_does_it_hold_a_good_one_for_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
