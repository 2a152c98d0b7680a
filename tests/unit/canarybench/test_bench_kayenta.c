#include "tests/bench/canarybench/bench_kayenta.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

enum { HOUR = 60 };

static double x[HOUR], y[HOUR], z;

static enum bench_kayenta_class
metric(size_t n, size_t m)
{
    return bench_kayenta_metric(x, n, y, m, 1, &z);
}

static void
no_points_are_no_data(void **state)
{
    (void)state;
    assert_int_equal(metric(0, 5), BENCH_KAYENTA_NODATA);
    assert_int_equal(metric(5, 0), BENCH_KAYENTA_NODATA);
}

/* One point each: no variance, which the judge turns into Error. */
static void
one_point_each_is_an_error(void **state)
{
    (void)state;
    x[0] = 3;
    x[1] = 3;
    y[0] = 3;
    assert_int_equal(metric(1, 1), BENCH_KAYENTA_PASS); /* the same */
    x[0] = x[1] = 5;
    y[0] = 3;
    assert_int_equal(metric(1, 1), BENCH_KAYENTA_ERROR);
}

/* github.com/spinnaker/kayenta issue 426: errors in a third of the minutes
 * against none at all have no shift of location. */
static void
sparse_errors_pass(void **state)
{
    (void)state;
    for (int i = 0; i < HOUR; i++) {
        x[i] = i % 3 ? 0 : 5;
        y[i] = 0;
    }
    assert_int_equal(metric(HOUR, HOUR), BENCH_KAYENTA_PASS);
}

/* Three percent, steadily: there is no margin. */
static void
a_small_steady_shift_is_high(void **state)
{
    double ratio = 103. / 100;

    (void)state;
    for (int i = 0; i < HOUR; i++) {
        x[i] = 103 + i % 3;
        y[i] = 100 + i % 3;
    }
    assert_int_equal(metric(HOUR, HOUR), BENCH_KAYENTA_HIGH);
    assert_true(z > 2.33); /* the threshold that z is held against */
    assert_int_equal(bench_kayenta_metric(x, HOUR, y, HOUR, ratio + .1, &z), BENCH_KAYENTA_PASS);
}

/* Whether a metric is High does not depend on whether anybody wants to know how far. */
static void
the_short_way_says_the_same(void **state)
{
    struct prng r = {.state = 8};
    int         high = 0;

    (void)state;
    for (int t = 0; t < 3000; t++) {
        size_t   n = 1 + prng_below(&r, 30), m = 1 + prng_below(&r, 30);
        uint64_t most = 1 + prng_below(&r, 50), more = prng_below(&r, 20);
        double   allowed = 1 + .05 * (double)prng_below(&r, 6);

        for (size_t i = 0; i < n; i++)
            x[i] = (double)(prng_below(&r, most) + more);
        for (size_t i = 0; i < m; i++)
            y[i] = (double)prng_below(&r, most);
        high += bench_kayenta_metric(x, n, y, m, allowed, &z) == BENCH_KAYENTA_HIGH;
        assert_int_equal(bench_kayenta_metric(x, n, y, m, allowed, NULL),
                         bench_kayenta_metric(x, n, y, m, allowed, &z));
    }
    assert_true(high > 300 && high < 2700);
}

static void
looks_when_it_should(void **state)
{
    const struct bench_kayenta ten = {10, 10, 0, BENCH_SERIES_STABLE, 1},
                               once = {0, 0, 0, BENCH_SERIES_STABLE, 1};

    (void)state;
    assert_false(bench_kayenta_looks(&ten, 9, 30));
    assert_true(bench_kayenta_looks(&ten, 10, 30));
    assert_false(bench_kayenta_looks(&ten, 11, 30));
    assert_true(bench_kayenta_looks(&ten, 30, 30));
    assert_false(bench_kayenta_looks(&once, 10, 30));
    assert_true(bench_kayenta_looks(&once, 30, 30));
}

/* Both metrics critical: one High fails; half without data fails; errors alone
 * leave an empty group, which counts as 100. */
static void
scores_as_the_judge_does(void **state)
{
    static struct bench_minutes m;
    const struct bench_kayenta  way = {10, 10, 0, BENCH_SERIES_STABLE, 1};

    (void)state;
    m.n = 12;
    for (uint32_t i = 0; i < m.n; i++) {
        m.at[i].fault_ratio[BENCH_SERIES_CANARY] = m.at[i].fault_ratio[BENCH_SERIES_STABLE] = 0;
        m.at[i].p95_ms[BENCH_SERIES_CANARY] = 100 + i % 4;
        m.at[i].p95_ms[BENCH_SERIES_STABLE] = 100 + (i + 1) % 4;
    }
    assert_false(bench_kayenta_fails(&way, &m, &z));
    for (uint32_t i = 0; i < m.n; i++)
        m.at[i].p95_ms[BENCH_SERIES_CANARY] += 50;
    assert_true(bench_kayenta_fails(&way, &m, &z));
    for (uint32_t i = 0; i < m.n; i++)
        m.at[i].p95_ms[BENCH_SERIES_CANARY] = NAN;
    assert_true(bench_kayenta_fails(&way, &m, &z));
    m.n = 1;
    m.at[0].p95_ms[BENCH_SERIES_CANARY] = 500;
    m.at[0].fault_ratio[BENCH_SERIES_CANARY] = 1;
    assert_false(bench_kayenta_fails(&way, &m, &z));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_points_are_no_data),
        cmocka_unit_test(one_point_each_is_an_error),
        cmocka_unit_test(sparse_errors_pass),
        cmocka_unit_test(a_small_steady_shift_is_high),
        cmocka_unit_test(the_short_way_says_the_same),
        cmocka_unit_test(looks_when_it_should),
        cmocka_unit_test(scores_as_the_judge_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
