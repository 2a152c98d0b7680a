#include "analyzer/timeline.h"
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct timeline *t;
static struct interval *i;

static int
set_up(void **state)
{
    (void)state;
    t = malloc(sizeof *t);
    i = calloc(1, sizeof *i);
    timeline_init(t, TIMELINE_POINTS);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    free(t);
    free(i);
    return 0;
}

/* The n-th second: n requests of the canary, one of them bad; 100 of the baseline. */
static void
second(int64_t n)
{
    i->start_ms = n * 1000;
    i->end_ms = (n + 1) * 1000;
    i->present[VIEW_USER] = true;
    i->arm[VIEW_USER][ARM_CANARY].by_class[CLASS_OK] = (uint64_t)n;
    i->arm[VIEW_USER][ARM_CANARY].by_class[CLASS_APP] = 1;
    i->arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = 100;
    timeline_add(t, i, NULL);
}

/* However many intervals and whatever the most: the points are in time's order, touch
 * each other, and no request is lost. */
static void
nothing_is_lost_when_points_become_one(void **state)
{
    (void)state;
    for (uint32_t max = 2; max <= TIMELINE_POINTS; max = max * 3 - 1)
        for (int64_t n = 1; n < 1500; n = n * 2 + 1) {
            struct timeline_count canary = {0, 0}, stable = {0, 0};

            timeline_init(t, max);
            for (int64_t k = 0; k < n; k++)
                second(k);
            assert_true(t->n_points >= 1 && t->n_points <= max);
            assert_int_equal(t->points[0].start_ms, 0);
            assert_int_equal(t->points[t->n_points - 1].end_ms, n * 1000);
            for (uint32_t k = 0; k < t->n_points; k++) {
                canary.requests += t->points[k].at[VIEW_USER][ARM_CANARY].requests;
                canary.faults += t->points[k].at[VIEW_USER][ARM_CANARY].faults;
                stable.requests += t->points[k].at[VIEW_USER][ARM_BASELINE].requests;
                if (k > 0)
                    assert_int_equal(t->points[k].start_ms, t->points[k - 1].end_ms);
            }
            assert_int_equal(canary.faults, n);
            assert_int_equal(canary.requests, n * (n - 1) / 2 + n);
            assert_int_equal(stable.requests, 100 * n);
            assert_int_equal(counts_requests(&t->arm[VIEW_USER][ARM_CANARY]), canary.requests);
            assert_int_equal(t->intervals, n);
        }
}

static void
what_users_see_comes_first(void **state)
{
    (void)state;
    i->present[VIEW_ATTEMPT] = true;
    timeline_add(t, i, NULL);
    assert_int_equal(timeline_view(t), VIEW_ATTEMPT);
    i->present[VIEW_USER] = true;
    timeline_add(t, i, NULL);
    assert_int_equal(timeline_view(t), VIEW_USER);
}

static void
buckets_of_other_bounds_are_not_added(void **state)
{
    (void)state;
    i->bounds[VIEW_USER] = (struct counts_bounds){.n = 2, .le_ms = {100, INFINITY}};
    i->arm[VIEW_USER][ARM_CANARY].bucket[0] = 7;
    timeline_add(t, i, NULL);
    timeline_add(t, i, NULL);
    assert_int_equal(t->arm[VIEW_USER][ARM_CANARY].bucket[0], 14);
    i->bounds[VIEW_USER].le_ms[0] = 50;
    timeline_add(t, i, NULL);
    assert_int_equal(t->arm[VIEW_USER][ARM_CANARY].bucket[0], 7);
    i->bounds[VIEW_USER].n = 0; /* an interval without a histogram is no change */
    i->arm[VIEW_USER][ARM_CANARY].bucket[0] = 0;
    timeline_add(t, i, NULL);
    assert_int_equal(t->arm[VIEW_USER][ARM_CANARY].bucket[0], 7);
    assert_int_equal(t->bounds[VIEW_USER].n, 2);
}

static void
pod(uint32_t n, const char *name, uint64_t requests, uint64_t faults, uint64_t slow)
{
    struct interval_pod *p = &i->pods[n];

    snprintf(p->name, sizeof p->name, "%s", name);
    p->arm = ARM_CANARY;
    p->requests = p->timed = requests;
    p->faults = faults;
    p->over[0] = slow;
    i->n_pods = n + 1;
}

static unsigned
how(const char *name)
{
    for (uint32_t n = 0; n < t->n_pods; n++)
        if (!strcmp(t->pods[n].name, name))
            return timeline_stands_out(t, &t->pods[n], 0.05);
    fail_msg("no pod %s", name);
    return 0;
}

/* Of 1,000 requests each: 100 bad ones of one and 10 of the others are apart by any
 * bound at alpha .05/16 (10 sigma); 14 and 10 are by none (under 1 sigma). */
static void
one_pod_stands_out(void **state)
{
    (void)state;
    i->n_versions = 1;
    i->monitored[VIEW_ATTEMPT] = (struct interval_monitored){.n = 1, .le_ms = {250}};
    pod(0, "bad", 1000, 100, 10);
    pod(1, "slow", 1000, 10, 200);
    pod(2, "good", 1000, 14, 12);
    pod(3, "idle", 0, 0, 0);
    timeline_add(t, i, NULL);
    assert_int_equal(how("bad"), TIMELINE_FAILS);
    assert_int_equal(how("slow"), TIMELINE_SLOW);
    assert_int_equal(how("good"), 0);
    assert_int_equal(how("idle"), 0);
}

/* A pod of the other arm is no fellow. */
static void
a_pod_alone_stands_out_of_nothing(void **state)
{
    (void)state;
    i->n_versions = 1;
    pod(0, "only", 1000, 500, 0);
    pod(1, "other", 1000, 0, 0);
    i->pods[1].arm = ARM_BASELINE;
    timeline_add(t, i, NULL);
    assert_int_equal(how("only"), 0);
    assert_int_equal(how("other"), 0);
}

/* Counts of a point are since the run's start. */
static void
points_tell_what_happened_between(void **state)
{
    struct point *p = calloc(3, sizeof *p);

    (void)state;
    for (int n = 1; n < 3; n++) {
        uint64_t total = (uint64_t)(100 * n * n);

        p[n].n_versions = 3;
        p[n].versions[0].arm = p[n].versions[1].arm = ARM_BASELINE;
        p[n].versions[2].arm = ARM_CANARY;
        p[n].bounds[VIEW_USER] = (struct counts_bounds){.n = 2, .le_ms = {100, INFINITY}};
        for (int v = 0; v < 3; v++) {
            p[n].versions[v].at[VIEW_USER].requests = total;
            p[n].versions[v].at[VIEW_USER].bucket[0] = total;
        }
        p[n].versions[2].at[VIEW_USER].faults = (uint64_t)n;
        p[n].n_checks = 2;
        p[n].checks[0] = (struct point_check){
            .name = "error_rate", .evidence = 2.0 * n, .limit = 190, .value = NAN};
        p[n].checks[1] =
            (struct point_check){.name = "p95", .evidence = NAN, .limit = 250, .value = 90};
        p[n].promote = n == 1 ? VERDICT_HOLD : VERDICT_ABORT;
        p[n].weight = 10 * n;
        timeline_add_between(t, &p[n - 1], n * 1000, &p[n], (n + 1) * 1000);
    }
    assert_true(t->coarse);
    assert_int_equal(t->n_points, 2);
    assert_int_equal(t->points[0].at[VIEW_USER][ARM_CANARY].requests, 100);
    assert_int_equal(t->points[1].at[VIEW_USER][ARM_CANARY].requests, 300);
    assert_int_equal(t->points[1].at[VIEW_USER][ARM_CANARY].faults, 1);
    assert_int_equal(t->points[1].at[VIEW_USER][ARM_BASELINE].requests, 600); /* of two versions */
    assert_int_equal(t->arm[VIEW_USER][ARM_BASELINE].bucket[0], 800);
    check_close(t->points[1].evidence[CHECK_ERROR_RATE], 4, 0);
    check_close(t->limit[CHECK_ERROR_RATE], 190, 0);
    assert_true(isnan(t->points[1].evidence[CHECK_P95]) && isnan(t->limit[CHECK_P95]));
    /* Until the second point the first one's answer was told. */
    check_close(t->points[0].weight, 10, 0);
    check_close(t->points[1].weight, 10, 0);
    assert_int_equal(t->points[1].verdict, VERDICT_HOLD);
    assert_int_equal(timeline_view(t), VIEW_USER);
    free(p);
}

static void
more_pods_than_there_is_room_for(void **state)
{
    char name[32];

    (void)state;
    i->n_versions = 1;
    for (int n = 0; n < TIMELINE_PODS + 3; n++) {
        snprintf(name, sizeof name, "p%d", n);
        pod(0, name, 1, 0, 0);
        timeline_add(t, i, NULL);
    }
    assert_int_equal(t->n_pods, TIMELINE_PODS);
    assert_int_equal(t->pods_left_out, 3);
}

int
main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(nothing_is_lost_when_points_become_one), WITH(what_users_see_comes_first),
        WITH(buckets_of_other_bounds_are_not_added),  WITH(one_pod_stands_out),
        WITH(a_pod_alone_stands_out_of_nothing),      WITH(more_pods_than_there_is_room_for),
        WITH(points_tell_what_happened_between),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
