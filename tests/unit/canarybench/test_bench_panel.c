#include "tests/bench/canarybench/bench_panel.h"
#include "tests/bench/canarybench/bench_policy.h"
#include "tests/support/check.h"

#include <string.h>

enum { SEED = 42, HALF_AN_HOUR_S = 1800 };

static struct bench_panel p;

static struct bench_world
world(void)
{
    return (struct bench_world){.rps = 200,
                                .weight = {.2, .2, .2, .2},
                                .canary_pods = 2,
                                .baseline_pods = 8,
                                .faults = .005,
                                .client_errors = .01,
                                .latency = {.median_ms = 60, .sigma = .6, .times = 1}};
}

static const struct bench_effect none = {.faults_times = 1, .latency_times = 1},
                                 outage = {.faults_times = 1, .faults_add = .9, .latency_times = 1};

static void
play(const struct bench_world *w, const struct bench_effect *e, uint64_t number)
{
    const struct bench_panel_plan plan = {.world = w,
                                          .effect = e,
                                          .policy = bench_policy_of(BENCH_POLICY_DEFAULT),
                                          .horizon_s = HALF_AN_HOUR_S,
                                          .ours_tuned = NAN,
                                          .kayenta_tuned = NAN,
                                          .oracle = e != &none};

    bench_panel_play(&p, &plan, SEED, number);
}

/* Arms are their pods, buckets are the arms, bounds are nested; traffic and
 * faults come at the rates asked for. */
static void
a_tick_adds_up(void **state)
{
    const struct bench_world w = world();
    struct bench_play        b;
    struct bench_tick        t;
    double                   n[BENCH_ARMS] = {0}, x[BENCH_ARMS] = {0};

    (void)state;
    bench_world_start(&b, &w, &none, HALF_AN_HOUR_S, false, SEED, 0);
    while (b.at_ms < HALF_AN_HOUR_S * 1000) {
        bench_world_next(&b, &t);
        for (int arm = 0; arm < BENCH_ARMS; arm++) {
            uint64_t requests = 0, timed = 0;

            for (uint32_t pod = 0; pod < 10; pod++)
                requests += (pod < 8) == (arm == BENCH_BASELINE) ? t.pod[pod].requests : 0;
            for (int k = 0; k < BENCH_LATENCY_BUCKETS; k++)
                timed += t.bucket[arm][k];
            assert_int_equal(t.arm[arm].requests, requests);
            assert_int_equal(timed, requests);
            for (int j = 1; j < BENCH_LATENCY_MONITORED; j++)
                assert_true(t.arm[arm].over[j] <= t.arm[arm].over[j - 1]);
            n[arm] += (double)t.arm[arm].requests;
            x[arm] += (double)t.arm[arm].faults;
        }
    }
    /* 360,000 requests, a fifth of them the canary's, .5 % faults: five standard
     * errors. */
    check_close(n[0] + n[1], 360000, 5 * 600);
    check_close(n[0], 72000, 5 * 270);
    check_close(x[0] + x[1], 1800, 5 * 43);
}

/* Late scrapes and lost ones delay counts and lose none. */
static void
scrapes_lose_nothing(void **state)
{
    struct bench_world w = world();
    struct bench_play  b;
    struct bench_tick  t;
    double             n = 0;

    (void)state;
    w.scrape_ms = 15000;
    w.lost_scrapes = .3;
    bench_world_start(&b, &w, &none, HALF_AN_HOUR_S, false, SEED, 0);
    while (b.at_ms < HALF_AN_HOUR_S * 1000) {
        bench_world_next(&b, &t);
        assert_int_equal(t.end_ms - t.start_ms, 15000);
        n += (double)(t.arm[0].requests + t.arm[1].requests);
    }
    for (uint32_t pod = 0; pod < 10; pod++)
        n += (double)b.unseen[pod].requests;
    check_close(n, 360000, 5 * 600);
}

static void
the_same_rollout_twice_is_the_same(void **state)
{
    const struct bench_world    w = world();
    static struct bench_outcome once[BENCH_JUDGES];
    static struct bench_tick    tick;

    (void)state;
    play(&w, &outage, 7);
    memcpy(once, p.out, sizeof once);
    tick = p.tick;
    play(&w, &none, 8);
    play(&w, &outage, 7);
    for (int j = 0; j < BENCH_JUDGES; j++) {
        assert_int_equal(once[j].rollback_ms, p.out[j].rollback_ms);
        assert_int_equal(once[j].pass_ms, p.out[j].pass_ms);
        check_close(once[j].harm, p.out[j].harm, 0);
    }
    assert_memory_equal(tick.arm, p.tick.arm, sizeof tick.arm);
}

/* Nine in ten requests fail: found by all but those that look at the end. */
static void
an_outage_is_found(void **state)
{
    const struct bench_world w = world();

    (void)state;
    play(&w, &outage, 1);
    for (int j = 0; j < BENCH_JUDGES; j++)
        if (p.out[j].judged) {
            assert_true(p.out[j].rollback_ms > 0);
            assert_true(p.out[j].harm > 0);
        }
    /* The guard needs no warm-up: two intervals. */
    assert_int_equal(p.out[BENCH_JUDGE_OURS].rollback_ms, 10000);
    assert_int_equal(p.out[BENCH_JUDGE_ORACLE].rollback_ms, 5000);
    assert_int_equal(p.out[BENCH_JUDGE_KAYENTA_ONCE].rollback_ms, HALF_AN_HOUR_S * 1000);
}

static void
broken_telemetry_is_held(void **state)
{
    struct bench_world w = world();

    (void)state;
    for (int f = BENCH_FAULT_NONE + 1; f < BENCH_FAULT_COUNT; f++) {
        w.fault = (enum bench_fault)f;
        play(&w, &none, 3);
        assert_true(p.out[BENCH_JUDGE_OURS].blind > 0);
        if (p.out[BENCH_JUDGE_OURS].wrong > 0)
            fail_msg("fault %d: %u looks told something else than hold", f,
                     p.out[BENCH_JUDGE_OURS].wrong);
    }
}

static int
read_policies(void **state)
{
    (void)state;
    bench_policy_read();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tick_adds_up),
        cmocka_unit_test(scrapes_lose_nothing),
        cmocka_unit_test(the_same_rollout_twice_is_the_same),
        cmocka_unit_test(an_outage_is_found),
        cmocka_unit_test(broken_telemetry_is_held),
    };

    return cmocka_run_group_tests(tests, read_policies, NULL);
}
