#include "tests/support/check.h"

#include "promql/regression.h"
#include "tests/support/prng.h"

static void
known_answers(void **state)
{
    static const struct {
        int64_t t_ms[4];
        double  v[4];
        size_t  n;
        int64_t at_ms;
        double  slope, intercept;
    } cases[] = {
        {{0, 1000, 2000}, {1, 3, 5}, 3, 0, 2, 1},
        {{0, 1000, 2000}, {1, 3, 5}, 3, 2000, 2, 5},
        /* Least squares by hand: x -1 0 1, y 1 1 4: slope 3/2, middle 2. */
        {{0, 1000, 2000}, {1, 1, 4}, 3, 1000, 1.5, 2},
        {{0, 500}, {0, 1}, 2, 0, 2, 0},
        {{0, 1000, 5000}, {8, 8, 8}, 3, 9000, 0, 8},
        {{0, 1000}, {INFINITY, INFINITY}, 2, 0, NAN, NAN},
        {{0, 1000}, {1, INFINITY}, 2, 0, NAN, NAN},
        {{0, 1000, 2000}, {1, NAN, 3}, 3, 0, NAN, NAN},
        {{0, 1000}, {NAN, NAN}, 2, 0, NAN, NAN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct regression_line line =
            regression_fit(cases[i].t_ms, cases[i].v, cases[i].n, cases[i].at_ms);

        check_close(line.slope, cases[i].slope, 1e-12);
        check_close(line.intercept, cases[i].intercept, 1e-12);
    }
}

/* A line is found again, at today's timestamps too, and the answer does not
 * depend on where its time begins. */
static void
laws(void **state)
{
    struct prng r = {9};
    int64_t     t[100], later[100];
    double      v[100];

    (void)state;
    for (int round = 0; round < 3000; round++) {
        size_t  n = 2 + (size_t)prng_below(&r, 98);
        double  slope = (double)prng_below(&r, 2000) / 100 - 10, start = 1e6;
        int64_t now_ms = 1790000000000;

        for (size_t i = 0; i < n; i++) {
            t[i] = (int64_t)i * 15000 + (int64_t)prng_below(&r, 14000);
            later[i] = t[i] + now_ms;
            v[i] = start + slope * (double)t[i] / 1000;
        }
        struct regression_line a = regression_fit(t, v, n, 0);
        struct regression_line b = regression_fit(later, v, n, now_ms);

        check_close(a.slope, slope, 1e-6);
        check_close(a.intercept, start, 1e-4);
        check_close(b.slope, a.slope, 0);
        check_close(b.intercept, a.intercept, 0);
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
