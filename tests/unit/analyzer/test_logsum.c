#include "analyzer/logsum.h"
#include "tests/support/check.h"

static void
adds_what_a_double_could_not_hold(void **state)
{
    (void)state;
    static const struct {
        double a, b, want;
    } cases[] = {
        {0, 0, 0.69314718055994531}, /* log 2 */
        {-INFINITY, -3, -3},         /* 0 + x */
        {-3, -INFINITY, -3},
        {-INFINITY, -INFINITY, -INFINITY}, /* 0 + 0, not NaN */
        {1000, 1000, 1000.69314718055995}, /* exp(1000) overflows */
        {-1000, -1000, -999.306852819440055},
        {1e17, -1e17, 1e17},
        {1, -40, 1}, /* far below the last digit */
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double got = logsum_two(cases[i].a, cases[i].b);

        if (isinf(cases[i].want))
            assert_true(got == cases[i].want);
        else
            check_close(got, cases[i].want, 1e-12);
    }
}

static void
all_is_two_after_two(void **state)
{
    (void)state;
    const double v[] = {-700, 3, 2.5, -INFINITY, 1};
    double       want = -INFINITY;

    assert_true(logsum_all(v, 0) == -INFINITY);
    for (size_t n = 1; n <= ARRAY_LEN(v); n++) {
        want = logsum_two(want, v[n - 1]);
        check_close(logsum_all(v, n), want, 1e-14);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_what_a_double_could_not_hold),
        cmocka_unit_test(all_is_two_after_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
