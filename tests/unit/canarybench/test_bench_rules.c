#include "tests/bench/canarybench/bench_looks.h"
#include "tests/bench/canarybench/bench_rules.h"
#include "tests/support/check.h"

static struct bench_minute
minute(double fault_ratio, double p99_ms)
{
    return (struct bench_minute){.seen = {true, true, true},
                                 .fault_ratio = {fault_ratio, .001, .001},
                                 .p95_ms = {p99_ms / 2, 100, 100},
                                 .p99_ms = {p99_ms, 200, 200}};
}

/* Five failed checks in all, in a row or not; no data is one. */
static void
flagger_counts_failures(void **state)
{
    struct bench_rules        r = {0};
    const struct bench_minute good = minute(.001, 200), bad = minute(.02, 200),
                              slow = minute(.001, 501), none = minute(NAN, NAN);

    (void)state;
    assert_false(bench_rules_flagger(&r, &bad));
    assert_false(bench_rules_flagger(&r, &slow));
    for (int i = 0; i < 20; i++)
        assert_false(bench_rules_flagger(&r, &good));
    assert_false(bench_rules_flagger(&r, &none));
    assert_false(bench_rules_flagger(&r, &bad));
    assert_true(bench_rules_flagger(&r, &bad));
}

/* failureLimit 3: the fourth fails it; each metric counts for itself. */
static void
argo_counts_by_metric(void **state)
{
    struct bench_rules        r = {0};
    const struct bench_minute bad = minute(.06, 200), slow = minute(.001, 1001),
                              none = minute(NAN, 200);

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_false(bench_rules_argo(&r, &bad));
        assert_false(bench_rules_argo(&r, &slow));
    }
    assert_true(bench_rules_argo(&r, &none)); /* NaN >= 0.95 is false */
}

static void
argo_gives_up_on_errors(void **state)
{
    struct bench_rules  r = {0};
    struct bench_minute gone = minute(.001, 200);

    (void)state;
    gone.seen[BENCH_SERIES_CANARY] = false;
    for (int i = 0; i < 4; i++)
        assert_false(bench_rules_argo(&r, &gone));
    assert_true(bench_rules_argo(&r, &gone));
}

static void
delta_is_one_point(void **state)
{
    struct bench_rules        r = {0};
    const struct bench_minute within = minute(.0105, 200), over = minute(.0111, 200);

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_false(bench_rules_delta(&r, &within));
    for (int i = 0; i < 3; i++)
        assert_false(bench_rules_delta(&r, &over));
    assert_true(bench_rules_delta(&r, &over));
}

/* 30 of 1,000 against 90 of 9,000: pooled .012, error sqrt(.012 .988 (1/1000 +
 * 1/9000)) = .003630, z = .02/.003630 = 5.51; with 16: 1.65. */
static void
pooled_z_by_hand(void **state)
{
    struct bench_looks l = {.n = {1000, 9000}, .faults = {30, 90}};

    (void)state;
    assert_true(bench_looks_z(&l));
    l.faults[0] = 16;
    assert_false(bench_looks_z(&l));
    l.slow[0] = 100;
    l.slow[1] = 200;
    assert_true(bench_looks_z(&l));
}

/* Ten faults at rate 1 % against 2 %: each log 2, each good one log(.98/.99);
 * the latencies are the same. */
static void
oracle_by_hand(void **state)
{
    struct bench_looks l = {0};
    struct bench_tick  t = {.arm[BENCH_CANARY] = {.requests = 500, .faults = 10},
                            .fault_rate = {.01, .02}};

    (void)state;
    assert_false(bench_looks_oracle(&l, &t, .01));
    check_close(l.oracle, 10 * log(2) + 490 * log(.98 / .99), 1e-12);
    /* Over a bound: 40 of 500 at .05 against .10, the others log(.90/.95). */
    t = (struct bench_tick){.arm[BENCH_CANARY] = {.requests = 500, .over = {40}},
                            .over_rate = {{.05}, {.10}}};
    l.oracle = 0;
    (void)bench_looks_oracle(&l, &t, .01);
    check_close(l.oracle, 40 * log(2) + 460 * log(.90 / .95), 1e-12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flagger_counts_failures), cmocka_unit_test(argo_counts_by_metric),
        cmocka_unit_test(argo_gives_up_on_errors), cmocka_unit_test(delta_is_one_point),
        cmocka_unit_test(pooled_z_by_hand),        cmocka_unit_test(oracle_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
