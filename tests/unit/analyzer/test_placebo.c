#include "analyzer/placebo.h"
#include "tests/unit/analyzer/podworld.h"

#include <stdlib.h>

enum { WINDOW_MS = 10 * 60 * 1000, TICKS = WINDOW_MS / PODWORLD_TICK_MS, WAIT_TICKS = 13 };

static struct interval it; /* too big for many stacks */

static struct policy
usual(void)
{
    struct policy p = {
        .false_rollback_rate = .01,
        .false_pass_rate = .05,
        .longest_gap_ms = 60000,
        .robust_block_ms = 15000,
        .error_rate = {true, 1.1, .0005, 1.5, .001},
        .latency = {true, 1.25, .0025, 2, .01},
        .client_errors = {true, 1.5, .005, 2, .01},
        .slo = {.success_rate = .99, .p95_ms = 200},
    };

    return p;
}

static const struct podworld five = {.pods = 5, .per_s = 50, .faulty = .005, .worse = 1};

/* Until the first window is open. */
static void
settle(struct placebo *p, struct podworld *w)
{
    for (int k = 0; k < WAIT_TICKS; k++) {
        podworld_tick(w, &it);
        assert_int_equal(placebo_apply(p, &it), k == WAIT_TICKS - 1 ? PLACEBO_OPEN : PLACEBO_IDLE);
    }
    assert_int_equal(placebo_pods(p), w->pods);
}

/* One pod of the interval as the canary. */
static void
relabel(int canary)
{
    it.n_versions = canary < 0 ? 1 : 2;
    for (int k = 0; k < (int)it.n_pods; k++) {
        it.pods[k].arm = k == canary ? ARM_CANARY : ARM_BASELINE;
        it.pods[k].version = k == canary;
    }
    podworld_sum(&it);
}

/* The statistics of a placebo are those of a run in which its pod is the
 * canary: the same intervals, relabelled, through judgement.h. */
static void
is_judged_as_a_canary_would_be(void **state)
{
    (void)state;
    enum { PODS = 3 };
    const struct policy       policy = usual();
    struct placebo_plan       plan = {&policy, .5, 1, WINDOW_MS, 1}; /* .5: no twin */
    struct placebo           *p = placebo_new(&plan);
    struct calibration_frozen frozen = {.use = CALIBRATION_USED,
                                        .floor = 1e-300,
                                        .window_ms = INT64_MAX,
                                        .tau = {1e9, 1e9, 1e9, 1e9}};
    struct calibration_frozen none = calibration_none(CALIBRATION_OFF);
    struct podworld           w = five;
    struct judgement         *j = calloc(2 * PODS, sizeof *j); /* with calibration, and without */
    double                    most[PODS][CALIBRATION_STATISTICS] = {0}, own[PODS] = {0};
    const struct placebo_result *r;
    uint32_t                     n;

    w.pods = PODS;
    w.sick = 20;
    w.slower = 3;
    w.every_s = 100;
    w.episode_s = 60;
    podworld_init(&w, &it, 3);
    settle(p, &w);
    for (int c = 0; c < PODS; c++)
        judgement_init(&j[c], &policy, policy.false_rollback_rate, &frozen);
    for (int c = 0; c < PODS; c++)
        judgement_init(&j[PODS + c], &policy, policy.false_rollback_rate, &none);
    for (int k = 0; k < TICKS; k++) {
        podworld_tick(&w, &it);
        assert_int_equal(placebo_apply(p, &it), k == TICKS - 1 ? PLACEBO_CLOSED : PLACEBO_OPEN);
        r = placebo_results(p, &n);
        for (int c = 0; c < PODS; c++) {
            relabel(c);
            judgement_apply(&j[c], &it, VIEW_ATTEMPT, true);
            judgement_apply(&j[PODS + c], &it, VIEW_ATTEMPT, true);
            for (unsigned s = 0; s < CALIBRATION_STATISTICS; s++)
                most[c][s] = fmax(most[c][s], judgement_log_sum(&j[c], VIEW_ATTEMPT, s));
            own[c] = fmax(own[c], judgement_log_sum(&j[PODS + c], VIEW_ATTEMPT, FAMILY_OWN));
        }
        relabel(-1);
    }
    assert_int_equal(n, PODS);
    for (uint32_t k = 0; k < n; k++) {
        int c = r[k].pod[5] - '0';

        assert_int_equal(r[k].window.end_ms - r[k].window.start_ms, WINDOW_MS);
        assert_true(calibration_window_valid(&r[k].window));
        for (unsigned s = 0; s < CALIBRATION_STATISTICS; s++)
            check_close(r[k].window.log_w[s], most[c][s], 0);
        check_close(r[k].log_own, own[c], 0);
    }
    /* The world is one that says something. */
    assert_true(most[0][0] > 1 || most[1][0] > 1 || most[2][0] > 1);
    free(j);
    placebo_free(p);
}

static void
tells_what_was_served(void **state)
{
    (void)state;
    const struct policy          policy = usual();
    struct placebo_plan          plan = {&policy, .25, 0, WINDOW_MS, 1};
    struct placebo              *p = placebo_new(&plan);
    struct podworld              w = five;
    uint64_t                     of[5] = {0}, all = 0;
    const struct placebo_result *r;
    uint32_t                     n;

    podworld_init(&w, &it, 4);
    settle(p, &w);
    for (int k = 0; k < TICKS; k++) {
        podworld_tick(&w, &it);
        for (int pod = 0; pod < 5; pod++) {
            of[pod] += it.pods[pod].requests;
            all += it.pods[pod].requests;
        }
        (void)placebo_apply(p, &it);
    }
    r = placebo_results(p, &n);
    assert_int_equal(n, 5);
    /* A quarter of five pods, rounded up: two. */
    assert_int_equal(r[0].window.placebo_pods, 2);
    assert_int_equal(r[0].window.pods, 5);
    assert_int_equal(r[0].window.all_requests, all);
    for (uint32_t k = 0; k < n; k++)
        assert_int_equal(r[k].window.requests,
                         of[r[k].pod[5] - '0'] + of[r[(k + 1) % n].pod[5] - '0']);
    placebo_free(p);
}

/* Of 100 requests a second on five pods 20 fall on each; a canary with 5 % gets
 * 5: its twin is kept with q = .05 * 4 / .95 = .21, and what only many requests
 * can show is seen by the placebo as it is. */
static void
twin_shows_what_little_traffic_hides(void **state)
{
    (void)state;
    const struct policy policy = usual();
    double              most[2] = {0};

    for (int thinned = 0; thinned < 2; thinned++) {
        struct placebo_plan          plan = {&policy, thinned ? .05 : .5, 1, WINDOW_MS, 1};
        struct placebo              *p = placebo_new(&plan);
        struct podworld              w = five;
        const struct placebo_result *r;
        uint32_t                     n = 0;

        w.faulty = .002;
        podworld_init(&w, &it, 5);
        settle(p, &w);
        for (int k = 0; k < 20 * TICKS; k++) {
            podworld_tick(&w, &it);
            (void)placebo_apply(p, &it);
            r = placebo_results(p, &n);
            for (uint32_t i = 0; i < n; i++)
                most[thinned] += r[i].window.log_w[0];
        }
        placebo_free(p);
    }
    /* The same traffic: the larger of two maxima. */
    assert_true(most[1] > most[0]);
}

enum trouble {
    TROUBLE_NONE,
    TROUBLE_COMES,
    TROUBLE_GOES,
    TROUBLE_MISSES_ONE,
    TROUBLE_DEPLOYMENT,
    TROUBLE_GAP,
    TROUBLE_NO_VIEW,
    TROUBLE_FOLDED,
    TROUBLE_BOUNDS,
    TROUBLE_IMPOSSIBLE,
    TROUBLE_IDLE_VERSION,
};

static void
make(enum trouble what, int tick)
{
    switch (what) {
    case TROUBLE_NONE:
        break;
    case TROUBLE_COMES:
        snprintf(it.pods[2].name, sizeof it.pods[2].name, "newcomer");
        break;
    case TROUBLE_GOES:
        it.n_pods = 4;
        break;
    case TROUBLE_MISSES_ONE:
        it.n_pods = tick ? 5 : 4;
        break;
    case TROUBLE_DEPLOYMENT:
        it.n_versions = 2;
        it.pods[4].version = 1;
        break;
    case TROUBLE_GAP:
        if (!tick)
            it.start_ms -= 60000;
        break;
    case TROUBLE_NO_VIEW:
        it.present[VIEW_ATTEMPT] = tick > 0;
        break;
    case TROUBLE_FOLDED:
        it.pods[4].folded = 2;
        break;
    case TROUBLE_BOUNDS:
        it.monitored[VIEW_ATTEMPT].n--;
        break;
    case TROUBLE_IMPOSSIBLE:
        it.pods[0].faults = it.pods[0].requests + 1;
        break;
    case TROUBLE_IDLE_VERSION:
        it.n_versions = 2;
        it.pods[5] = it.pods[4];
        it.n_pods = 6;
        snprintf(it.pods[5].name, sizeof it.pods[5].name, "old-pod");
        it.pods[5].version = 1;
        it.pods[5].requests = it.pods[5].faults = it.pods[5].timed = 0;
        memset(it.pods[5].over, 0, sizeof it.pods[5].over);
        break;
    }
}

/* What happens in the middle of a window. */
static void
windows_that_do_not_count(void **state)
{
    (void)state;
    static const struct {
        enum trouble what;
        bool         dropped;
        int          within; /* ticks */
    } cases[] = {
        {TROUBLE_NONE, false, 30},       {TROUBLE_COMES, true, 1},
        {TROUBLE_GOES, true, 13}, /* not seen for a minute */
        {TROUBLE_MISSES_ONE, false, 30}, {TROUBLE_DEPLOYMENT, true, 1},
        {TROUBLE_GAP, true, 1},          {TROUBLE_NO_VIEW, true, 1},
        {TROUBLE_FOLDED, true, 1},       {TROUBLE_BOUNDS, true, 1},
        {TROUBLE_IMPOSSIBLE, true, 1},   {TROUBLE_IDLE_VERSION, false, 30},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct policy policy = usual();
        struct placebo_plan plan = {&policy, .1, 1, WINDOW_MS, 1};
        struct placebo     *p = placebo_new(&plan);
        struct podworld     w = five;
        bool                dropped = false;

        podworld_init(&w, &it, 6);
        settle(p, &w);
        podworld_tick(&w, &it);
        assert_int_equal(placebo_apply(p, &it), PLACEBO_OPEN);
        for (int k = 0; k < cases[i].within && !dropped; k++) {
            podworld_tick(&w, &it);
            make(cases[i].what, k);
            dropped = placebo_apply(p, &it) == PLACEBO_DROPPED;
            if (dropped && k < cases[i].within - 1)
                fail_msg("case %zu: dropped after %d ticks", i, k + 1);
        }
        if (dropped != cases[i].dropped)
            fail_msg("case %zu: dropped %d", i, dropped);
        placebo_free(p);
    }
}

static void
goes_on_after_a_deployment(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct placebo_plan plan = {&policy, .1, 1, WINDOW_MS, 1};
    struct placebo     *p = placebo_new(&plan);
    struct podworld     w = five;

    podworld_init(&w, &it, 7);
    settle(p, &w);
    snprintf(it.versions[0].name, sizeof it.versions[0].name, "v9");
    podworld_tick(&w, &it);
    assert_int_equal(placebo_apply(p, &it), PLACEBO_DROPPED);
    for (int k = 0; k < WAIT_TICKS - 1; k++) {
        podworld_tick(&w, &it);
        assert_int_equal(placebo_apply(p, &it), k == WAIT_TICKS - 2 ? PLACEBO_OPEN : PLACEBO_IDLE);
    }
    placebo_free(p);
}

static void
few_and_many_pods(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct placebo_plan plan = {&policy, .1, 1, WINDOW_MS, 1};
    struct placebo     *p = placebo_new(&plan);
    struct podworld     w = five;

    w.pods = 1;
    podworld_init(&w, &it, 8);
    for (int k = 0; k < 3 * WAIT_TICKS; k++) {
        podworld_tick(&w, &it);
        assert_int_equal(placebo_apply(p, &it), PLACEBO_IDLE);
    }
    assert_int_equal(placebo_pods(p), 1);
    placebo_free(p);
}

/* Windows are compared only with windows of the same question. */
static void
plan_has_a_fingerprint(void **state)
{
    (void)state;
    struct policy       policy = usual(), same = usual(), other[6];
    struct placebo_plan plan = {&policy, .1, 1, WINDOW_MS, 1}, changed[9];
    char                hash[CALIBRATION_HASH_BYTES], again[CALIBRATION_HASH_BYTES];

    placebo_plan_hash(&plan, hash);
    for (size_t i = 0; i < ARRAY_LEN(changed); i++)
        changed[i] = plan;
    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        other[i] = policy;
    other[0].error_rate.ratio_margin = 1.2;
    other[1].latency.on = false;
    other[2].slo.success_rate = .98;
    other[3].client_errors.absolute_margin = .01;
    other[4].dry_run = 1u << CHECK_LATENCY;
    other[5].slo.p95_ms = 250;
    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        changed[i].policy = &other[i];
    changed[6].weight = .2;
    changed[7].canary_pods = 2;
    changed[8].window_ms++;
    for (size_t i = 0; i < ARRAY_LEN(changed); i++) {
        placebo_plan_hash(&changed[i], again);
        if (!strcmp(hash, again))
            fail_msg("change %zu makes no other hash", i);
    }
    /* What no window depends on. */
    same.warm_up_ms = 1;
    same.error_rate.pass_ratio_margin = 3;
    plan.policy = &same;
    plan.seed = 99;
    placebo_plan_hash(&plan, again);
    assert_string_equal(hash, again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_judged_as_a_canary_would_be),
        cmocka_unit_test(tells_what_was_served),
        cmocka_unit_test(twin_shows_what_little_traffic_hides),
        cmocka_unit_test(windows_that_do_not_count),
        cmocka_unit_test(goes_on_after_a_deployment),
        cmocka_unit_test(few_and_many_pods),
        cmocka_unit_test(plan_has_a_fingerprint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
