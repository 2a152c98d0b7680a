#include "analyzer/exceedance.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

#define INF ((double)INFINITY)

static struct interval scratch;

/* Bounds 50, 100, 250, +Inf; of the canary 60, 30, 8, 2 requests in them, of the
 * baseline 800, 150, 40, 10.  Watched 100 and 250. */
static struct interval *
usual(void)
{
    static const uint64_t canary[] = {60, 30, 8, 2}, baseline[] = {800, 150, 40, 10};
    struct interval      *i = &scratch;

    memset(i, 0, sizeof *i);
    i->end_ms = 5000;
    i->present[VIEW_USER] = true;
    i->bounds[VIEW_USER] = (struct counts_bounds){.n = 4, .le_ms = {50, 100, 250, INF}};
    i->monitored[VIEW_USER] = (struct interval_monitored){.n = 2, .le_ms = {100, 250}};
    for (int k = 0; k < 4; k++) {
        i->arm[VIEW_USER][ARM_CANARY].bucket[k] = canary[k];
        i->arm[VIEW_USER][ARM_BASELINE].bucket[k] = baseline[k];
    }
    return i;
}

static void
counts_what_is_over_each_bound(void **state)
{
    struct interval_monitored watched = {0};
    struct pair               p[INTERVAL_MONITORED];
    (void)state;

    assert_true(exceedance_pairs(usual(), VIEW_USER, &watched, p));
    assert_int_equal(watched.n, 2);
    check_close(watched.le_ms[0], 100, 0);
    assert_int_equal(p[0].n[ARM_CANARY], 100);
    assert_int_equal(p[0].x[ARM_CANARY], 10);
    assert_int_equal(p[0].n[ARM_BASELINE], 1000);
    assert_int_equal(p[0].x[ARM_BASELINE], 50);
    assert_int_equal(p[1].x[ARM_CANARY], 2);
    assert_int_equal(p[1].x[ARM_BASELINE], 10);
}

static void
the_question_does_not_change(void **state)
{
    struct interval_monitored watched = {0};
    struct pair               p[INTERVAL_MONITORED];
    struct interval          *i = usual();
    (void)state;

    i->monitored[VIEW_USER].n = 0; /* not chosen yet */
    assert_false(exceedance_pairs(i, VIEW_USER, &watched, p));
    assert_int_equal(watched.n, 0);
    assert_true(exceedance_pairs(usual(), VIEW_USER, &watched, p));
    i->monitored[VIEW_USER].le_ms[1] = 50; /* others now */
    assert_false(exceedance_pairs(i, VIEW_USER, &watched, p));
    i = usual();
    i->monitored[VIEW_USER].n = 1;
    assert_false(exceedance_pairs(i, VIEW_USER, &watched, p));
    i = usual();
    i->bounds[VIEW_USER].le_ms[2] = 300; /* the histogram lost a bound */
    assert_false(exceedance_pairs(i, VIEW_USER, &watched, p));
    i = usual();
    i->arm[VIEW_USER][ARM_CANARY].bucket[0] = UINT64_C(1) << 60; /* no count */
    assert_false(exceedance_pairs(i, VIEW_USER, &watched, p));
    assert_true(exceedance_pairs(usual(), VIEW_USER, &watched, p));
}

/* The nearest watched bounds to so many milliseconds more; 3: none. */
static void
a_margin_in_milliseconds_moves_the_canary(void **state)
{
    static const struct interval_monitored watched = {.n = 3, .le_ms = {100, 250, 500}};
    static const struct {
        uint32_t k;
        double   margin_ms;
        uint32_t abort, pass;
    } cases[] = {
        {0, 0, 0, 0},   {0, 50, 1, 0},   {0, 150, 1, 1}, /* 250 is a bound */
        {0, 300, 2, 1}, {0, 1000, 3, 2}, {2, 0, 2, 2},   {2, 1, 3, 2},
    };
    struct pair p[INTERVAL_MONITORED] = {
        {{100, 900}, {30, 90}}, {{100, 900}, {20, 50}}, {{100, 900}, {10, 9}}};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint32_t k = cases[i].k;
        double   ms = cases[i].margin_ms;

        assert_int_equal(exceedance_widened(&watched, k, ms, EXCEEDANCE_ABORT), cases[i].abort);
        assert_int_equal(exceedance_widened(&watched, k, ms, EXCEEDANCE_PASS), cases[i].pass);
    }
    exceedance_widen(&watched, 50, EXCEEDANCE_ABORT, p);
    assert_int_equal(p[0].x[ARM_CANARY], 20); /* those over 250 ms, against 90 over 100 */
    assert_int_equal(p[0].x[ARM_BASELINE], 90);
    assert_int_equal(p[1].x[ARM_CANARY], 10);
    assert_int_equal(p[2].x[ARM_CANARY], 0); /* what is over 550 ms is not known */
    assert_int_equal(p[2].x[ARM_BASELINE], 9);
}

static void
it_goes_on_where_it_stopped(void **state)
{
    static const double       hostile[] = {(double)NAN, (double)INFINITY};
    struct interval_monitored watched = {.n = 3, .le_ms = {5, 100, 2500}}, again;
    struct text               t;
    struct unpack             in;
    (void)state;

    check_restore(exceedance_pack, exceedance_unpack, &watched, &again);
    text_init(&t, 256);
    for (size_t k = 0; k < ARRAY_LEN(hostile); k++) {
        text_clear(&t);
        watched.le_ms[1] = hostile[k];
        exceedance_pack(&watched, &t);
        in = (struct unpack){.rest = text_slice(&t)};
        exceedance_unpack(&again, &in);
        assert_true(in.bad);
    }
    text_clear(&t);
    pack_u8(&t, INTERVAL_MONITORED + 1);
    in = (struct unpack){.rest = text_slice(&t)};
    exceedance_unpack(&again, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_is_over_each_bound),
        cmocka_unit_test(the_question_does_not_change),
        cmocka_unit_test(a_margin_in_milliseconds_moves_the_canary),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
