#include "tests/support/check.h"

#include "promql/overtime.h"
#include "tests/support/prng.h"

static void
known_answers(void **state)
{
    /* Population variance of 2 4 4 4 5 5 7 9 is 4 (the textbook's example);
     * sample values of the others are counted by hand. */
    static const struct {
        double v[8];
        size_t n;
        double sum, avg, variance, min, max, changes;
    } cases[] = {
        {{2, 4, 4, 4, 5, 5, 7, 9}, 8, 40, 5, 4, 2, 9, 4},
        {{3}, 1, 3, 3, 0, 3, 3, 0},
        {{-1, 1}, 2, 0, 0, 1, -1, 1, 1},
        {{NAN, 2, 1}, 3, NAN, NAN, NAN, 1, 2, 2},
        {{NAN, NAN}, 2, NAN, NAN, NAN, NAN, NAN, 0}, /* NaN to NaN is no change */
        {{1, INFINITY}, 2, INFINITY, INFINITY, NAN, 1, INFINITY, 1},
        {{0., -0.}, 2, 0, 0, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const double *v = cases[i].v;
        size_t        n = cases[i].n;

        if (isinf(cases[i].sum)) {
            assert_true(isinf(overtime_sum(v, n)) && isinf(overtime_avg(v, n)));
        } else {
            check_close(overtime_sum(v, n), cases[i].sum, 1e-15);
            check_close(overtime_avg(v, n), cases[i].avg, 1e-15);
        }
        check_close(overtime_variance(v, n), cases[i].variance, 1e-15);
        check_close(overtime_min(v, n), cases[i].min, 0);
        if (isinf(cases[i].max))
            assert_true(isinf(overtime_max(v, n)));
        else
            check_close(overtime_max(v, n), cases[i].max, 0);
        check_close(overtime_changes(v, n), cases[i].changes, 0);
    }
}

/* The last of equals, and the first number after NaN (compareOverTime with >=
 * and <= in promql/functions.go). */
static void
where_the_ends_are(void **state)
{
    static const struct {
        double v[5];
        size_t n, least, most;
    } cases[] = {
        {{1, 3, 1, 3, 2}, 5, 2, 3},
        {{NAN, NAN, 5}, 3, 2, 2},
        {{4, NAN, NAN}, 3, 0, 0},
        {{NAN, NAN}, 2, 1, 1}, /* NaN gives way to anything */
        {{7}, 1, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(overtime_min_index(cases[i].v, cases[i].n), cases[i].least);
        assert_int_equal(overtime_max_index(cases[i].v, cases[i].n), cases[i].most);
    }
}

static void
medians(void **state)
{
    /* Median of 4 6 2 1 999 1 2 is 2, of the distances 2 4 0 1 997 1 0 it is 1
     * (the example of upstream's documentation of mad_over_time has the form). */
    const double v[] = {4, 6, 2, 1, 999, 1, 2};
    double       scratch[7];

    (void)state;
    check_close(overtime_quantile(0.5, v, 7, scratch), 2, 0);
    check_close(overtime_mad(v, 7, scratch), 1, 0);
    check_close(v[4], 999, 0); /* left alone */
    check_close(overtime_mad(v, 1, scratch), 0, 0);
    check_close(overtime_mad((const double[]){1, NAN, 2}, 3, scratch), NAN, 0);
}

static void
smoothing(void **state)
{
    /* By hand, factors 0.5 and 0.5.  Two values: 0.5*4 + 0.5*(2 + 2) = 4.
     * Three: slope 0.5*(4 - 2) + 0.5*2 = 2, 0.5*9 + 0.5*(4 + 2) = 7.5. */
    const double v[] = {2, 4, 9}, line[] = {10, 13, 16, 19, 22};

    (void)state;
    check_close(overtime_smooth(v, 2, 0.5, 0.5), 4, 0);
    check_close(overtime_smooth(v, 3, 0.5, 0.5), 7.5, 0);
    for (double factor = 0.1; factor < 1; factor += 0.1) /* a line is already smooth */
        check_close(overtime_smooth(line, 5, factor, 1 - factor), 22, 1e-12);
}

/* Adding a constant moves sum, mean and ends along and leaves the variance;
 * scaling scales.  The constant is large enough to break a naive variance. */
static void
laws(void **state)
{
    struct prng r = {3};
    double      v[50], moved[50], scaled[50];

    (void)state;
    for (int round = 0; round < 5000; round++) {
        size_t n = 1 + (size_t)prng_below(&r, 50);
        double shift = 1e8;

        for (size_t i = 0; i < n; i++) {
            v[i] = (double)prng_below(&r, 1 << 20) / 1024;
            moved[i] = v[i] + shift;
            scaled[i] = v[i] * -4;
        }
        check_close(overtime_avg(v, n), overtime_sum(v, n) / (double)n, 1e-11);
        check_close(overtime_avg(moved, n), overtime_avg(v, n) + shift, 1e-7);
        check_close(overtime_variance(moved, n), overtime_variance(v, n),
                    1e-9 * (1 + overtime_variance(v, n)));
        check_close(overtime_variance(scaled, n), 16 * overtime_variance(v, n),
                    1e-9 * (1 + overtime_variance(v, n)));
        check_close(overtime_min(scaled, n), -4 * overtime_max(v, n), 0);
        check_close(overtime_changes(scaled, n), overtime_changes(v, n), 0);
        check_close(v[overtime_min_index(v, n)], overtime_min(v, n), 0);
        check_close(v[overtime_max_index(v, n)], overtime_max(v, n), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers), cmocka_unit_test(where_the_ends_are),
        cmocka_unit_test(medians),       cmocka_unit_test(smoothing),
        cmocka_unit_test(laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
