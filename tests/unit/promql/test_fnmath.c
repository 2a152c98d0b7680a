#include "tests/support/check.h"

#include "promql/fnmath.h"

static double
apply(enum function_id id, double v, const double *args, size_t n_args)
{
    const struct evalfn     *fn = fnmath_get(id);
    const struct evalfn_call call = {.args = args, .n_args = n_args};

    assert_non_null(fn);
    if (fn->kind == EVALFN_MAP)
        return fn->map(v);
    assert_int_equal(fn->kind, EVALFN_POINT);
    return fn->point(v, &call);
}

static void
same(double got, double want)
{
    if (isinf(want))
        assert_true(got == want);
    else
        check_close(got, want, 1e-12);
}

/* Identities and values every table of functions has. */
static void
numbers(void **state)
{
    static const struct {
        enum function_id id;
        double           v, want;
    } cases[] = {
        {FUNCTION_ABS, -2.5, 2.5},
        {FUNCTION_CEIL, -1.5, -1},
        {FUNCTION_FLOOR, -1.5, -2},
        {FUNCTION_EXP, 1, M_E},
        {FUNCTION_SQRT, 2, M_SQRT2},
        {FUNCTION_SQRT, -1, NAN},
        {FUNCTION_LN, M_E, 1},
        {FUNCTION_LN, 0, -INFINITY},
        {FUNCTION_LN, -1, NAN},
        {FUNCTION_LOG2, 1024, 10},
        {FUNCTION_LOG10, 0.001, -3},
        {FUNCTION_SGN, -7, -1},
        {FUNCTION_SGN, 7, 1},
        {FUNCTION_SGN, 0, 0},
        {FUNCTION_SGN, NAN, NAN},
        {FUNCTION_DEG, M_PI, 180},
        {FUNCTION_RAD, 90, M_PI_2},
        {FUNCTION_SIN, M_PI / 6, 0.5},
        {FUNCTION_COS, M_PI / 3, 0.5},
        {FUNCTION_TAN, M_PI_4, 1},
        {FUNCTION_ASIN, 1, M_PI_2},
        {FUNCTION_ASIN, 2, NAN},
        {FUNCTION_ACOS, 0, M_PI_2},
        {FUNCTION_ATAN, 1, M_PI_4},
        {FUNCTION_SINH, 1, (M_E - 1 / M_E) / 2},
        {FUNCTION_COSH, 1, (M_E + 1 / M_E) / 2},
        {FUNCTION_TANH, 1, (M_E - 1 / M_E) / (M_E + 1 / M_E)},
        {FUNCTION_ASINH, (M_E - 1 / M_E) / 2, 1},
        {FUNCTION_ACOSH, (M_E + 1 / M_E) / 2, 1},
        {FUNCTION_ACOSH, 0.5, NAN},
        {FUNCTION_ATANH, 0, 0},
        {FUNCTION_ATANH, 1, INFINITY},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        same(apply(cases[i].id, cases[i].v, NULL, 0), cases[i].want);
}

static void
dates(void **state)
{
    /* 1709210096 is Thursday 2024-02-29 12:34:56 UTC. */
    static const struct {
        enum function_id id;
        double           of_leap_day, of_nan;
    } cases[] = {
        {FUNCTION_YEAR, 2024, 292277026596},
        {FUNCTION_MONTH, 2, 12},
        {FUNCTION_DAY_OF_MONTH, 29, 4},
        {FUNCTION_DAY_OF_WEEK, 4, 0},
        {FUNCTION_DAY_OF_YEAR, 60, 339},
        {FUNCTION_DAYS_IN_MONTH, 29, 31},
        {FUNCTION_HOUR, 12, 15},
        {FUNCTION_MINUTE, 34, 30},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_close(apply(cases[i].id, 1709210096.9, NULL, 0), cases[i].of_leap_day, 0);
        check_close(apply(cases[i].id, NAN, NULL, 0), cases[i].of_nan, 0);
    }
}

static void
rounding(void **state)
{
    static const struct {
        double v, to, want;
    } cases[] = {
        {2.5, 1, 3},      {-2.5, 1, -2}, /* halves go up */
        {7.6, 0.5, 7.5},  {12, 5, 10},
        {13, 5, 15},      {-12.5, 5, -10},
        {0.29, 0.1, 0.3}, {1, 0, NAN}, /* times Inf, divided by Inf */
        {5, NAN, NAN},    {INFINITY, 1, INFINITY},
        {7, -2, 6}, /* floor(-3.5 + 0.5) * -2 */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        same(apply(FUNCTION_ROUND, cases[i].v, &cases[i].to, 1), cases[i].want);
    same(apply(FUNCTION_ROUND, 2.4, NULL, 0), 2);
}

static void
clamping(void **state)
{
    static const struct {
        double v, low, high, want;
    } cases[] = {
        {5, 0, 10, 5},
        {-5, 0, 10, 0},
        {15, 0, 10, 10},
        {NAN, 0, 10, NAN},
        {5, NAN, 10, NAN},
        {5, 0, NAN, NAN},
        {NAN, INFINITY, INFINITY, INFINITY},    /* Go's Max: +Inf beats NaN */
        {NAN, -INFINITY, -INFINITY, -INFINITY}, /* Go's Min: -Inf beats NaN */
        {INFINITY, -1, 1, 1},
    };
    const double crossed[] = {2, 1}, zero[] = {0, 0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const double bounds[] = {cases[i].low, cases[i].high};

        same(apply(FUNCTION_CLAMP, cases[i].v, bounds, 2), cases[i].want);
    }
    assert_true(value_is_absent(apply(FUNCTION_CLAMP, 1, crossed, 2)));
    assert_false(value_is_absent(apply(FUNCTION_CLAMP, 1, zero, 2)));
    same(apply(FUNCTION_CLAMP_MIN, -3, zero, 1), 0);
    same(apply(FUNCTION_CLAMP_MIN, 3, zero, 1), 3);
    same(apply(FUNCTION_CLAMP_MAX, -3, zero, 1), -3);
    same(apply(FUNCTION_CLAMP_MAX, 3, zero, 1), 0);
    assert_true(signbit(apply(FUNCTION_CLAMP_MAX, -0., zero, 1))); /* -0 is less than 0 */
}

static void
native_histograms_have_no_float(void **state)
{
    static const enum function_id ids[] = {FUNCTION_HISTOGRAM_AVG, FUNCTION_HISTOGRAM_COUNT,
                                           FUNCTION_HISTOGRAM_SUM, FUNCTION_HISTOGRAM_STDDEV,
                                           FUNCTION_HISTOGRAM_STDVAR};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        assert_true(value_is_absent(apply(ids[i], 1, NULL, 0)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(dates),
        cmocka_unit_test(rounding),
        cmocka_unit_test(clamping),
        cmocka_unit_test(native_histograms_have_no_float),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
