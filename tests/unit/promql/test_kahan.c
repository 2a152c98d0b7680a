#include "tests/support/check.h"

#include "promql/kahan.h"
#include "tests/support/prng.h"

#include <stdlib.h>

static double
sum(const double *v, size_t n)
{
    struct kahan k = {0};

    for (size_t i = 0; i < n; i++)
        kahan_add(&k, v[i]);
    return kahan_total(&k);
}

static double
mean(const double *v, size_t n)
{
    struct kahan_mean m = {0};

    for (size_t i = 0; i < n; i++)
        kahan_mean_add(&m, v[i]);
    return kahan_mean_value(&m);
}

static void
small_terms_survive_large_ones(void **state)
{
    /* Naively 0; the exact sum is 2 (Neumaier's own example). */
    const double neumaier[] = {1, 1e100, 1, -1e100};
    const double tenths[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};

    (void)state;
    check_close(sum(neumaier, 4), 2, 0);
    check_close(sum(tenths, 10), 1, 0); /* naively 0.9999999999999999 */
    check_close(mean(neumaier, 4), 0.5, 0);
    check_close(sum(NULL, 0), 0, 0);
}

static void
what_is_not_finite(void **state)
{
    const double up[] = {1, INFINITY, 2}, both[] = {INFINITY, -INFINITY};
    const double nan[] = {1, NAN, 2}, huge[] = {1.7e308, 1.7e308};

    (void)state;
    check_close(isinf(sum(up, 3)), 1, 0);
    check_close(isnan(sum(both, 2)), 1, 0);
    check_close(isnan(sum(nan, 3)), 1, 0);
    check_close(isinf(sum(huge, 2)), 1, 0);
    check_close(isinf(mean(up, 3)), 1, 0);
    check_close(isnan(mean(nan, 3)), 1, 0);
    check_close(isnan(mean(NULL, 0)), 1, 0);
}

static void
a_mean_does_not_overflow(void **state)
{
    /* The sum passes 1.797e308 with the second value, the mean never does. */
    const double huge[] = {1.7e308, 1.7e308, 1.7e308, -1.7e308},
                 mixed[] = {1.7e308, 1.7e308, -3e306};

    (void)state;
    check_close(mean(huge, 4), 0.85e308, 1e294);
    check_close(mean(mixed, 3), 3.37 / 3 * 1e308, 1e294);
    check_close(mean(huge, 2), 1.7e308, 0);
}

/* The order of the terms hardly matters: what property the plain sum lacks. */
static void
order_does_not_matter(void **state)
{
    struct prng r = {7};
    double      v[400];

    (void)state;
    for (int round = 0; round < 200; round++) {
        double first;

        for (size_t i = 0; i < 400; i++)
            v[i] = ldexp((double)(int64_t)prng_next(&r), -(int)prng_below(&r, 60));
        first = sum(v, 400);
        for (size_t i = 399; i > 0; i--) {
            size_t k = (size_t)prng_below(&r, i + 1);
            double x = v[i];

            v[i] = v[k];
            v[k] = x;
        }
        check_close(sum(v, 400), first, 1e-15 * 1e19);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_terms_survive_large_ones),
        cmocka_unit_test(what_is_not_finite),
        cmocka_unit_test(a_mean_does_not_overflow),
        cmocka_unit_test(order_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
