#include "analyzer/sample.h"
#include "base/hash.h"
#include "tests/unit/analyzer/traffic.h"

#include <stdio.h>
#include <string.h>

#define INF ((double)INFINITY)

static struct interval scratch;

static struct interval *
usual(enum counts_view view)
{
    struct interval *i = &scratch;
    struct counts   *c, *b;

    memset(i, 0, sizeof *i);
    i->end_ms = 5000;
    i->present[view] = true;
    c = &i->arm[view][ARM_CANARY];
    b = &i->arm[view][ARM_BASELINE];
    c->by_class[CLASS_OK] = 96;
    c->by_class[CLASS_APP] = 3;
    c->by_class[CLASS_INFRASTRUCTURE] = 1;
    c->client_errors = 7;
    c->by_class[CLASS_CLIENT] = c->no_response = 5;
    c->by_class[CLASS_INJECTED] = 1000; /* nobody's */
    c->by_class[CLASS_POLICY] = 1000;
    b->by_class[CLASS_OK] = 900;
    i->bounds[view] = (struct counts_bounds){.n = 2, .le_ms = {100, INF}};
    i->monitored[view] = (struct interval_monitored){.n = 1, .le_ms = {100}};
    c->bucket[0] = 90;
    c->bucket[1] = 10;
    b->bucket[0] = 900;
    i->n_pods = 3;
    snprintf(i->pods[0].name, sizeof i->pods[0].name, "v1-0");
    snprintf(i->pods[1].name, sizeof i->pods[1].name, "v2-0");
    snprintf(i->pods[2].name, sizeof i->pods[2].name, "other");
    i->pods[0].arm = ARM_BASELINE;
    i->pods[0].requests = 900;
    i->pods[1] = (struct interval_pod){.name = "v2-0",
                                       .arm = ARM_CANARY,
                                       .requests = 100,
                                       .faults = 4,
                                       .no_response = 5,
                                       .client_errors = 7,
                                       .timed = 100,
                                       .over = {10}};
    i->pods[2].folded = 12;
    i->pods[2].requests = 50;
    return i;
}

static void
has_pair(const struct pair *p, uint64_t n, uint64_t x)
{
    assert_int_equal(p->n[ARM_CANARY], n);
    assert_int_equal(p->x[ARM_CANARY], x);
}

/* Callers that gave up are faults where servers alone report (pair.h). */
static void
each_view_counts_as_it_can(void **state)
{
    static const struct {
        enum counts_view view;
        uint64_t         n, x;
        uint32_t         pods;
    } cases[] = {{VIEW_USER, 100, 4, 0}, {VIEW_ATTEMPT, 105, 9, 2}};
    (void)state;

    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        struct interval_monitored watched = {0};
        struct family_sample      s;

        assert_true(sample_of(usual(cases[k].view), cases[k].view, &watched, &s));
        assert_int_equal(s.length_ms, 5000);
        has_pair(&s.pair[FAMILY_ERRORS], cases[k].n, cases[k].x);
        has_pair(&s.pair[FAMILY_CLIENT_ERRORS], 100, 7);
        has_pair(&s.pair[FAMILY_LATENCY], 100, 10);
        has_pair(&s.pair[FAMILY_LATENCY + 1], 0, 0); /* one bound is watched */
        assert_int_equal(s.n_pods, cases[k].pods);
        assert_true(familysample_valid(&s));
    }
}

static void
a_pod_has_its_row_unless_it_is_folded(void **state)
{
    struct interval_monitored watched = {0};
    struct family_sample      s;
    const struct family_pod  *canary = &s.pods[1];
    (void)state;

    assert_true(sample_of(usual(VIEW_ATTEMPT), VIEW_ATTEMPT, &watched, &s));
    assert_int_equal(s.n_pods, 2);
    assert_true(canary->key == hash_stable(SLICE_LITERAL("v2-0")));
    assert_int_equal(canary->arm, ARM_CANARY);
    assert_int_equal(canary->n[FAMILY_OF_TRIES], 105);
    assert_int_equal(canary->x[FAMILY_ERRORS], 9);
    assert_int_equal(canary->n[FAMILY_OF_ANSWERED], 100);
    assert_int_equal(canary->x[FAMILY_CLIENT_ERRORS], 7);
    assert_int_equal(canary->n[FAMILY_OF_TIMED], 100);
    assert_int_equal(canary->x[FAMILY_LATENCY], 10);
}

/* Two bounds watched: over 100 ms of canary and baseline alike 10, over 250 ms 2. */
static void
a_margin_moves_the_canary_and_its_pods(void **state)
{
    const struct interval_monitored watched = {.n = 2, .le_ms = {100, 250}};
    struct family_sample            s = {.n_pods = 2};
    (void)state;

    for (int k = 0; k < 2; k++) {
        s.pods[k].arm = (uint8_t)k;
        s.pods[k].x[FAMILY_LATENCY] = s.pair[FAMILY_LATENCY].x[k] = 10;
        s.pods[k].x[FAMILY_LATENCY + 1] = s.pair[FAMILY_LATENCY + 1].x[k] = 2;
    }
    sample_widen(&s, &watched, 150);
    assert_int_equal(s.pair[FAMILY_LATENCY].x[ARM_CANARY], 2);
    assert_int_equal(s.pair[FAMILY_LATENCY].x[ARM_BASELINE], 10);
    assert_int_equal(s.pair[FAMILY_LATENCY + 1].x[ARM_CANARY], 0);
    assert_int_equal(s.pods[ARM_CANARY].x[FAMILY_LATENCY], 2);
    assert_int_equal(s.pods[ARM_CANARY].x[FAMILY_LATENCY + 1], 0);
    assert_int_equal(s.pods[ARM_BASELINE].x[FAMILY_LATENCY], 10);
    assert_int_equal(s.pods[ARM_BASELINE].x[FAMILY_LATENCY + 1], 2);
}

static void
without_the_watched_bound_latency_says_nothing(void **state)
{
    struct interval_monitored watched = {.n = 1, .le_ms = {250}}; /* chosen earlier */
    struct family_sample      s;
    (void)state;

    assert_true(sample_of(usual(VIEW_ATTEMPT), VIEW_ATTEMPT, &watched, &s));
    has_pair(&s.pair[FAMILY_LATENCY], 0, 0);
    assert_int_equal(s.pods[1].n[FAMILY_OF_TIMED], 0);
    assert_int_equal(s.pods[1].x[FAMILY_LATENCY], 0);
    has_pair(&s.pair[FAMILY_ERRORS], 105, 9); /* the rest goes on */
}

static void
what_is_no_count_is_refused(void **state)
{
    struct interval_monitored watched = {0};
    struct family_sample      s;
    struct interval          *i = usual(VIEW_USER);
    (void)state;

    i->arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = UINT64_MAX;
    assert_false(sample_of(i, VIEW_USER, &watched, &s));
    i = usual(VIEW_USER);
    i->arm[VIEW_USER][ARM_CANARY].client_errors = 101;
    assert_false(sample_of(i, VIEW_USER, &watched, &s));
    i = usual(VIEW_USER);
    i->end_ms = i->start_ms;
    assert_false(sample_of(i, VIEW_USER, &watched, &s));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_view_counts_as_it_can),
        cmocka_unit_test(a_pod_has_its_row_unless_it_is_folded),
        cmocka_unit_test(a_margin_moves_the_canary_and_its_pods),
        cmocka_unit_test(without_the_watched_bound_latency_says_nothing),
        cmocka_unit_test(what_is_no_count_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
