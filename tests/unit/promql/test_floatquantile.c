#include "tests/support/check.h"

#include "promql/floatquantile.h"
#include "tests/support/prng.h"

#include <string.h>

static void
known_answers(void **state)
{
    /* Rank q * (n - 1), linear between neighbours. */
    static const struct {
        double q, v[5];
        size_t n;
        double want;
    } cases[] = {
        {0.5, {3, 1, 2}, 3, 2},
        {0.25, {0, 1, 2}, 3, 0.5},
        {0.8, {4, 1, 3, 2}, 4, 3.4},
        {0, {5, 4}, 2, 4},
        {1, {5, 4}, 2, 5},
        {0.3, {7}, 1, 7},
        {-0.1, {1, 2}, 2, -INFINITY},
        {1.1, {1, 2}, 2, INFINITY},
        {NAN, {1, 2}, 2, NAN},
        {0.5, {0}, 0, NAN},
        {1, {NAN, 1, 2}, 3, 2}, /* NaN is the smallest */
        {0, {1, NAN, 2}, 3, NAN},
        {0.25, {1, NAN, 2}, 3, NAN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double v[5], got;

        memcpy(v, cases[i].v, sizeof v);
        got = floatquantile_of(cases[i].q, v, cases[i].n);
        if (isinf(cases[i].want))
            assert_true(got == cases[i].want);
        else
            check_close(got, cases[i].want, 1e-15);
    }
}

/* Rises with q, stays between the ends, and is a value itself at every rank. */
static void
laws(void **state)
{
    struct prng r = {1};
    double      v[40];

    (void)state;
    for (int round = 0; round < 3000; round++) {
        size_t n = 1 + (size_t)prng_below(&r, 40);
        double last = -INFINITY;

        for (size_t i = 0; i < n; i++)
            v[i] = (double)prng_below(&r, 100) - 50;
        for (size_t k = 0; k <= 64; k++) {
            double got = floatquantile_of((double)k / 64, v, n);

            assert_true(got >= last && got >= v[0] && got <= v[n - 1]);
            last = got;
        }
        for (size_t k = 0; n > 1 && k < n; k++)
            check_close(floatquantile_of((double)k / (double)(n - 1), v, n), v[k], 1e-9);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
