#include "daemon/backtest.h"

#include "tests/unit/analyzer/podworld.h"

enum { TICKS_PER_WINDOW = 60 }; /* of five minutes */

static struct interval it;

static struct policy
usual(void)
{
    return (struct policy){
        .false_rollback_rate = .05,
        .false_pass_rate = .05,
        .longest_gap_ms = 60000,
        .robust_block_ms = 15000,
        .warm_up_ms = 60000,
        .min_requests = 100,
        .error_rate = {true, 1.1, .0005, 1.5, .001},
        .latency = {true, 1.25, .0025, 2, .01},
        .calibration = {POLICY_CALIBRATION_CALIBRATED, .1, 1, TICKS_PER_WINDOW * PODWORLD_TICK_MS},
    };
}

/* So many windows of a service of five pods, 100 requests a second. */
static struct backtest_report
look_back(const struct policy *p, int windows, struct podworld w)
{
    struct backtest       *b = backtest_new(p);
    struct backtest_report r;

    w.pods = 5;
    w.per_s = 100;
    w.faulty = .005;
    w.worse = 1;
    podworld_init(&w, &it, 31);
    for (int k = 0; k < windows * TICKS_PER_WINDOW + 20; k++) {
        podworld_tick(&w, &it);
        backtest_interval(b, &it);
    }
    backtest_report(b, &r);
    backtest_free(b);
    return r;
}

static void
counts_what_was_there(void **state)
{
    (void)state;
    const struct policy    p = usual();
    struct backtest_report r = look_back(&p, 30, (struct podworld){0});

    assert_int_equal(r.windows, 30);
    assert_int_equal(r.dropped, 0);
    assert_int_equal(r.pods, 5);
    assert_int_equal(r.plain.placebos, 150);
    /* floor(.04 (N2 + 1)) is 1 from 24 on: nine windows of five have 25 newer ones. */
    assert_int_equal(r.calibrated.placebos, 105);
    assert_int_equal(r.thresholds.use, CALIBRATION_USED);
    check_close(r.per_s, 100, 2);
    check_close(r.faults, .005, .0004);
    assert_true(r.plain.rolled_back <= 3);
    assert_true(r.calibrated.rolled_back <= 9);
}

/* One pod after the other is bad for a minute, all the time: the past says that
 * this policy would roll back good releases. */
static void
bad_pods_show(void **state)
{
    (void)state;
    struct policy          p = usual();
    struct podworld        w = {.every_s = 60, .episode_s = 120, .sick = 10, .slower = 3};
    struct backtest_report quiet = look_back(&p, 20, (struct podworld){0});
    struct backtest_report noisy = look_back(&p, 20, w);

    assert_true(noisy.plain.rolled_back > quiet.plain.rolled_back + 5);
    assert_true(backtest_range(noisy.plain.rolled_back, noisy.plain.placebos).lower >
                p.false_rollback_rate);
    assert_true(noisy.calibrated.rolled_back < noisy.plain.rolled_back);
}

/* More traffic finds less and passes sooner; nothing is found below the margins. */
static void
estimates_follow_the_traffic(void **state)
{
    (void)state;
    const struct policy    p = usual();
    struct backtest_report r = look_back(&p, 3, (struct podworld){0});

    for (int k = 0; k < BACKTEST_WEIGHTS; k++) {
        check_close(r.at[k].canary_per_s, r.per_s * r.at[k].weight, 1e-9);
        assert_true(r.at[k].detects > 1.1 * r.faults + .0005);
        assert_true(isnan(r.at[k].calibrated)); /* no thresholds yet */
        assert_true(r.at[k].pass_s > 60);
        if (k == 0)
            continue;
        assert_true(r.at[k].detects < r.at[k - 1].detects);
        assert_true(r.at[k].pass_s < r.at[k - 1].pass_s);
    }
}

/* The rate of faults is half a percent, and a fifth of one of five pods' requests
 * in its bad minutes: a limit between is broken then, one beyond never. */
static void
limits_are_tried_on_the_baseline(void **state)
{
    (void)state;
    static const char     *names[] = {"success_rate", "p95", "own", "rate"};
    struct policy          p = usual();
    struct podworld        w = {.every_s = 300, .episode_s = 60, .sick = 40, .slower = 1};
    struct backtest_report quiet, noisy;

    p.success_rate.on = p.p95.on = true;
    p.success_rate.min = .97;
    p.success_rate.window_ms = p.p95.window_ms = 30000;
    p.success_rate.min_requests = 100;
    p.p95.max_ms = 1e6;
    p.p95.quantile = .95;
    p.p95.min_requests = UINT32_MAX; /* never enough */
    p.n_limits = 2;
    p.limit[0] = (struct policy_limit){.name = "own",
                                       .metric = POLICY_LIMIT_SUCCESS_RATE,
                                       .min = .5,
                                       .max = NAN,
                                       .window_ms = 30000,
                                       .fails = 1,
                                       .of = 1};
    p.limit[1] = p.limit[0];
    memcpy(p.limit[1].name, "rate", sizeof "rate");
    p.limit[1].metric = POLICY_LIMIT_REQUEST_RATE;
    p.limit[1].min = 1e9;
    quiet = look_back(&p, 4, (struct podworld){0});
    noisy = look_back(&p, 4, w);
    assert_int_equal(noisy.n_limits, ARRAY_LEN(names));
    for (uint32_t k = 0; k < noisy.n_limits; k++)
        assert_string_equal(noisy.limits[k].name, names[k]);
    assert_int_equal(quiet.limits[0].broken, 0);
    assert_true(quiet.limits[0].judged > 4 * TICKS_PER_WINDOW);
    assert_true(noisy.limits[0].times >= 2);
    assert_true(noisy.limits[0].broken >= noisy.limits[0].times);
    assert_true(noisy.limits[0].broken < noisy.limits[0].judged / 2);
    assert_int_equal(noisy.limits[1].judged, 0);
    assert_true(noisy.limits[2].known && noisy.limits[2].judged > 0);
    assert_int_equal(noisy.limits[2].broken, 0);
    assert_false(noisy.limits[3].known);
    assert_int_equal(noisy.limits[3].broken, 0);
}

static void
nothing_seen_says_nothing(void **state)
{
    (void)state;
    const struct policy    p = usual();
    struct backtest       *b = backtest_new(&p);
    struct backtest_report r;

    backtest_report(b, &r);
    assert_int_equal(r.intervals, 0);
    assert_int_equal(r.plain.placebos, 0);
    assert_true(isnan(r.faults));
    for (int k = 0; k < BACKTEST_WEIGHTS; k++)
        assert_true(isnan(r.at[k].detects) && isnan(r.at[k].pass_s));
    backtest_free(b);
}

/* Wilson 1927; values by the formula, computed by a script of its own. */
static void
ranges_are_wilsons(void **state)
{
    (void)state;
    static const struct {
        uint32_t k, n;
        double   lower, upper;
    } cases[] = {{0, 10, 0, .2775328},
                 {10, 10, .7224672, 1},
                 {1, 100, .00176749, .05448620},
                 {50, 100, .4038315, .5961685},
                 {0, 0, 0, 1}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct backtest_range r = backtest_range(cases[i].k, cases[i].n);

        check_close(r.lower, cases[i].lower, 5e-7);
        check_close(r.upper, cases[i].upper, 5e-7);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_was_there),
        cmocka_unit_test(bad_pods_show),
        cmocka_unit_test(estimates_follow_the_traffic),
        cmocka_unit_test(limits_are_tried_on_the_baseline),
        cmocka_unit_test(nothing_seen_says_nothing),
        cmocka_unit_test(ranges_are_wilsons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
