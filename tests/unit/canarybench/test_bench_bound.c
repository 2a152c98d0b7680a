#include "tests/bench/canarybench/bench_bound.h"
#include "tests/support/check.h"

/* Wilson 1927, textbook values: 10 of 100 is (.0552, .1744). */
static void
wilson(void **state)
{
    struct bench_bound b = bench_bound_share(10, 100);

    (void)state;
    check_close(b.low, .05523, 5e-5);
    check_close(b.high, .17437, 5e-5);
    check_close(bench_bound_share(0, 100).low, 0, 0);
    check_close(bench_bound_share(100, 100).high, 1, 0);
}

/* By hand: 0 and 1 of 3 fair coins: 4/8. */
static void
binomial_tail(void **state)
{
    (void)state;
    check_close(bench_bound_cdf(1, 3, .5), .5, 1e-14);
    check_close(bench_bound_cdf(3, 3, .5), 1, 0);
    /* (1 - .01)^2000 */
    check_close(bench_bound_cdf(0, 2000, .01), pow(.99, 2000), 1e-20);
}

/* k = 0: 1 - level^(1/n), the "rule of three"; k of n: where the tail is level. */
static void
clopper_pearson(void **state)
{
    double upper = bench_bound_upper(6, 2000, .05);

    (void)state;
    check_close(bench_bound_upper(0, 2000, .05), 1 - pow(.05, 1. / 2000), 1e-12);
    check_close(bench_bound_cdf(6, 2000, upper), .05, 1e-9);
    check_close(bench_bound_upper(5, 5, .05), 1, 0);
}

/* Three cells of 1,000 against 1 %: 0 is rejected at .05/3, 1 at .05/2, 9 not. */
static void
holm_steps_down(void **state)
{
    const uint64_t k[] = {9, 0, 1}, n[] = {1000, 1000, 1000};
    double         upper[3];

    (void)state;
    bench_bound_holm(k, n, 3, .01, .05, upper);
    check_close(upper[1], bench_bound_upper(0, 1000, .05 / 3), 1e-12);
    check_close(upper[2], bench_bound_upper(1, 1000, .05 / 2), 1e-12);
    check_close(upper[0], bench_bound_upper(9, 1000, .05), 1e-12);
    assert_true(upper[1] <= .01 && upper[2] <= .01 && upper[0] > .01);
}

/* Behind one that fails nothing is rejected any more: Holm 1979. */
static void
holm_stops_at_the_first_failure(void **state)
{
    const uint64_t k[] = {5, 5}, n[] = {1000, 1000};
    double         upper[2];

    (void)state;
    /* P(X <= 5) is .066: over .05/2, and over .05 as well. */
    assert_true(bench_bound_cdf(5, 1000, .01) > .05);
    bench_bound_holm(k, n, 2, .01, .05, upper);
    check_close(upper[0], upper[1], 0);
    check_close(upper[0], bench_bound_upper(5, 1000, .05 / 2), 1e-12);
}

/* The mean of 0..99 is 49.5 with a standard error of 2.89. */
static void
bootstrap_of_a_mean(void **state)
{
    double             x[100];
    struct bench_bound b;

    (void)state;
    for (int i = 0; i < 100; i++)
        x[i] = i;
    b = bench_bound_mean(x, 100);
    check_close(b.low, 49.5 - 1.96 * 2.89, 1);
    check_close(b.high, 49.5 + 1.96 * 2.89, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson),
        cmocka_unit_test(binomial_tail),
        cmocka_unit_test(clopper_pearson),
        cmocka_unit_test(holm_steps_down),
        cmocka_unit_test(holm_stops_at_the_first_failure),
        cmocka_unit_test(bootstrap_of_a_mean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
