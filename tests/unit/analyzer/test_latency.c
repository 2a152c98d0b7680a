#include "analyzer/judgement.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

enum { TICK_MS = 5000 };

static struct interval scratch;

static struct policy
usual(void)
{
    return (struct policy){.false_rollback_rate = .01,
                           .false_pass_rate = .05,
                           .robust_block_ms = 15000,
                           .min_requests = 100,
                           .required = 1u << CHECK_LATENCY,
                           .latency = {true, 1.25, .0025, 2, .01}};
}

/* Answers over 100 ms: slow of each arm's requests. */
static void
feed(struct judgement *j, int tick, enum counts_view view, const struct interval_monitored *bounds,
     uint64_t slow_canary, bool judged)
{
    const struct pair p = {.n = {1000, 9000}};

    memset(&scratch, 0, sizeof scratch);
    traffic_fill(&scratch, view, (int64_t)tick * TICK_MS, (int64_t)(tick + 1) * TICK_MS, &p);
    scratch.bounds[view] = (struct counts_bounds){.n = 3, .le_ms = {50, 100, INFINITY}};
    scratch.monitored[view] = *bounds;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        uint64_t slow = arm == ARM_CANARY ? slow_canary : 90;

        scratch.arm[view][arm].bucket[0] = p.n[arm] - slow - p.n[arm] / 10;
        scratch.arm[view][arm].bucket[1] = p.n[arm] / 10;
        scratch.arm[view][arm].bucket[2] = slow;
    }
    judgement_apply(j, &scratch, view, judged);
}

static struct check_result
result(const struct judgement *j, enum counts_view view)
{
    struct check_result all[CHECK_COUNT];

    for (int c = 0; c < CHECK_COUNT; c++)
        all[c] = check_none();
    judgement_results(j, view, all);
    return all[CHECK_LATENCY];
}

static void
begin(struct judgement *j, const struct policy *p)
{
    const struct calibration_frozen none = calibration_none(CALIBRATION_OFF);

    judgement_init(j, p, .01, &none);
}

static const struct interval_monitored one = {.n = 1, .le_ms = {100}};
static const struct interval_monitored two = {.n = 2, .le_ms = {50, 100}};

static void
says_that_there_is_no_histogram_until_bounds_are_chosen(void **state)
{
    static const struct interval_monitored none;
    static struct judgement                j;
    struct policy                          p = usual();
    (void)state;

    begin(&j, &p);
    for (int t = 0; t < 20; t++)
        feed(&j, t, VIEW_USER, &none, 10, true);
    assert_int_equal(result(&j, VIEW_USER).reason, REASON_NO_HISTOGRAM);
    for (int t = 20; t < 60; t++)
        feed(&j, t, VIEW_USER, &one, 10, true);
    assert_int_equal(result(&j, VIEW_USER).verdict, VERDICT_PASS);
}

/* During the warm-up only the servers were seen; the users' view, by which the
 * run is then judged, has bounds of its own. */
static void
bounds_are_those_of_the_view_that_is_judged(void **state)
{
    static struct judgement j;
    struct policy           p = usual();
    (void)state;

    for (int worse = 0; worse < 2; worse++) {
        begin(&j, &p);
        for (int t = 0; t < 6; t++)
            feed(&j, t, VIEW_ATTEMPT, &one, 10, false);
        for (int t = 6; t < 60; t++)
            feed(&j, t, VIEW_USER, &two, worse ? 200 : 10, true);
        assert_int_equal(result(&j, VIEW_USER).verdict, worse ? VERDICT_ABORT : VERDICT_PASS);
        assert_int_equal(j.latency.watched.n, 2);
    }
}

/* Once something is judged by them, others are another question. */
static void
bounds_do_not_change_while_they_are_asked(void **state)
{
    static struct judgement j;
    struct policy           p = usual();
    (void)state;

    begin(&j, &p);
    feed(&j, 0, VIEW_USER, &one, 10, true);
    for (int t = 1; t < 60; t++)
        feed(&j, t, VIEW_USER, &two, 10, true);
    assert_int_equal(j.latency.watched.n, 1);
    /* what the first one showed is no answer for what cannot be seen any more */
    assert_int_equal(result(&j, VIEW_USER).reason, REASON_NO_HISTOGRAM);
    feed(&j, 60, VIEW_USER, &one, 10, true);
    assert_int_equal(result(&j, VIEW_USER).verdict, VERDICT_PASS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_that_there_is_no_histogram_until_bounds_are_chosen),
        cmocka_unit_test(bounds_are_those_of_the_view_that_is_judged),
        cmocka_unit_test(bounds_do_not_change_while_they_are_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
