#include "analyzer/split.h"
#include "tests/unit/analyzer/run_play.h"

static struct play desk;

static struct policy
watched(void)
{
    struct policy p = play_policy();

    p.split.on = true;
    p.split.false_alarm_rate = .001;
    p.warm_up_ms = 0;
    return p;
}

/* n intervals of this length, of which the canary gets this share of the requests. */
static void
route(int n, int64_t length_ms, uint64_t all, uint64_t canary)
{
    for (int i = 0; i < n; i++)
        (void)play(&desk, length_ms, canary, 0, all - canary, 0);
}

static enum verdict_reason
said(void)
{
    return desk.r.checks[CHECK_SPLIT].reason;
}

static void
a_share_that_is_not_the_weight_holds(void **state)
{
    struct policy p = watched();
    (void)state;

    play_start(&desk, &p);
    route(3, 5000, 1000, 100);
    assert_int_equal(said(), REASON_NO_WEIGHT);
    run_asked(&desk.r, 10, desk.now_ms);
    route(30, 5000, 1000, 100);
    assert_int_equal(said(), REASON_WITHIN_LIMIT);
    route(60, 5000, 1000, 300);
    assert_int_equal(said(), REASON_ROUTING_MISMATCH);
    PLAY_PROMOTE(&desk, HOLD, ROUTING_MISMATCH);
    check_close(desk.r.checks[CHECK_SPLIT].limit, .1, 1e-12);
    /* mended: what is seen lately is within the tolerance again */
    route(200, 5000, 1000, 100);
    assert_int_equal(said(), REASON_WITHIN_LIMIT);
}

/* A source is an interval or more behind the gates: what it tells after a new
 * weight was told was routed by the old one. */
static void
late_intervals_are_not_held_against_the_new_weight(void **state)
{
    struct policy p = watched();
    (void)state;

    p.robust_block_ms = 60000;
    play_start(&desk, &p);
    run_asked(&desk.r, 10, desk.now_ms);
    route(40, 15000, 3000, 300);
    assert_int_equal(said(), REASON_WITHIN_LIMIT);
    /* told 30 s ahead of what the source has shown */
    run_asked(&desk.r, 50, desk.now_ms + 30000);
    route(2, 15000, 3000, 300);
    assert_int_equal(said(), REASON_WITHIN_LIMIT);
    for (int i = 0; i < 20; i++) {
        route(1, 15000, 3000, 1500);
        assert_int_equal(said(), REASON_WITHIN_LIMIT);
    }
}

/* Gates are asked once a minute; traffic was shifted when nobody had told yet. */
static void
a_weight_that_is_told_late_clears_what_spoke_against_the_old_one(void **state)
{
    struct policy p = watched();
    (void)state;

    play_start(&desk, &p);
    run_asked(&desk.r, 10, desk.now_ms);
    route(60, 5000, 1000, 100);
    route(12, 5000, 1000, 500);
    run_asked(&desk.r, 50, desk.now_ms);
    for (int i = 0; i < 60; i++) {
        route(1, 5000, 1000, 500);
        assert_int_not_equal(said(), REASON_ROUTING_MISMATCH);
    }
    /* and it still sees a share that stays wrong */
    route(60, 5000, 1000, 200);
    assert_int_equal(said(), REASON_ROUTING_MISMATCH);
}

/* The whole of the traffic has no share to compare. */
static void
a_weight_of_all_or_nothing_is_not_compared(void **state)
{
    struct policy p = watched();
    (void)state;

    for (int end = 0; end < 2; end++) {
        play_start(&desk, &p);
        run_asked(&desk.r, end ? 100 : 0, desk.now_ms);
        route(60, 5000, 1000, 500);
        assert_int_equal(said(), REASON_NO_WEIGHT);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_that_is_not_the_weight_holds),
        cmocka_unit_test(late_intervals_are_not_held_against_the_new_weight),
        cmocka_unit_test(a_weight_that_is_told_late_clears_what_spoke_against_the_old_one),
        cmocka_unit_test(a_weight_of_all_or_nothing_is_not_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
