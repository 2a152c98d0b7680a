#include "tests/support/check.h"

#include "promql/rate.h"
#include "tests/support/prng.h"

#include <stdlib.h>

enum { MOST = 64 };

/* A window over samples, with its falls found here. */
struct fixture {
    int64_t              t_ms[MOST];
    double               v[MOST], falls[MOST];
    struct evalfn_window w;
};

static const struct evalfn_window *
window(struct fixture *f, int64_t first_ms, int64_t step_ms, const double *v, size_t n,
       int64_t end_ms, int64_t range_ms)
{
    size_t n_falls = 0;

    for (size_t i = 0; i < n; i++) {
        f->t_ms[i] = first_ms + (int64_t)i * step_ms;
        f->v[i] = v[i];
        if (i && v[i] < v[i - 1])
            f->falls[n_falls++] = v[i - 1];
    }
    f->w = (struct evalfn_window){.t_ms = f->t_ms,
                                  .v = f->v,
                                  .n = n,
                                  .range_ms = range_ms,
                                  .end_ms = end_ms,
                                  .falls = f->falls,
                                  .n_falls = n_falls};
    return &f->w;
}

static void
known_answers(void **state)
{
    /* Expected values by the formula of extrapolatedRate, worked out by hand. */
    static const struct {
        const char *what;
        double      v[12];
        size_t      n;
        int64_t     first_s, step_s, end_s, range_s;
        double      increase, delta;
    } cases[] = {
        {"samples 10 s apart fill the window: both gaps are stretched over",
         {100, 110, 120, 130, 140, 150},
         6,
         5,
         10,
         60,
         60,
         60,
         60},
        {"a series that begins inside: half a distance before its first sample",
         {100, 110, 120},
         3,
         35,
         10,
         60,
         60,
         20 * (20 + 5 + 5) / 20.,
         20 * (20 + 5 + 5) / 20.},
        {"a gap of exactly 1.1 distances is already too far: half a distance",
         {100, 110, 120},
         3,
         11,
         10,
         31,
         31,
         20 * (20 + 5 + 0) / 20.,
         20 * (20 + 5 + 0) / 20.},
        {"the line would reach zero 2 s before the first sample: no further",
         {2, 12, 22},
         3,
         5,
         10,
         25,
         25,
         20 * (20 + 2) / 20.,
         20 * (20 + 5) / 20.},
        {"half a distance is 5 s, zero is nearer",
         {1, 11, 21},
         3,
         50,
         10,
         70,
         60,
         20 * (20 + 1) / 20.,
         20 * (20 + 5) / 20.},
        {"a reset: 10 before it is kept, 20 + 10 - 10 in all",
         {10, 20, 5, 10},
         4,
         10,
         10,
         40,
         30,
         20 * (30 + 0 + 0) / 30.,
         0},
        {"two resets", {3, 1, 2, 1}, 4, 10, 10, 40, 30, 3, -2},
        {"falling from below zero still counts as a reset, no zero point",
         {-5, -6, 0},
         3,
         10,
         10,
         30,
         30,
         0,
         5 * (20 + 10) / 20.},
        {"no change", {7, 7, 7}, 3, 10, 10, 30, 20, 0, 0},
    };
    struct fixture f;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct evalfn_window *w =
            window(&f, cases[i].first_s * 1000, cases[i].step_s * 1000, cases[i].v, cases[i].n,
                   cases[i].end_s * 1000, cases[i].range_s * 1000);

        print_message("%s\n", cases[i].what);
        check_close(rate_increase(w), cases[i].increase, 1e-12);
        check_close(rate_delta(w), cases[i].delta, 1e-12);
        check_close(rate_per_second(w), cases[i].increase / (double)cases[i].range_s, 1e-12);
    }
}

static void
too_few_samples(void **state)
{
    const double   v[] = {1, 2};
    struct fixture f;

    (void)state;
    for (size_t n = 1; n < 3; n++) {
        const struct evalfn_window *w = window(&f, 0, 1000, v, n, 5000, 5000);

        assert_int_equal(value_is_absent(rate_increase(w)), n == 1);
        assert_int_equal(value_is_absent(rate_per_second(w)), n == 1);
        assert_int_equal(value_is_absent(rate_delta(w)), n == 1);
        assert_int_equal(value_is_absent(rate_instant(w)), n == 1);
        assert_int_equal(value_is_absent(rate_instant_delta(w)), n == 1);
    }
}

static void
the_last_two(void **state)
{
    static const struct {
        double v[3], instant, delta;
    } cases[] = {
        {{0, 10, 40}, 6, 30},
        {{0, 40, 10}, 2, -30}, /* a reset: it grew from 0 to 10 */
        {{0, 10, 10}, 0, 0},
        {{9, 10, NAN}, NAN, NAN},
    };
    struct fixture              f;
    const struct evalfn_window *w;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        w = window(&f, 0, 5000, cases[i].v, 3, 60000, 60000);
        check_close(rate_instant(w), cases[i].instant, 1e-12);
        check_close(rate_instant_delta(w), cases[i].delta, 1e-12);
    }
    w = window(&f, 0, 0, cases[0].v, 3, 60000, 60000); /* all at one time */
    assert_true(value_is_absent(rate_instant(w)));
    assert_true(value_is_absent(rate_instant_delta(w)));
}

static void
nan_is_no_reset(void **state)
{
    const double                v[] = {5, NAN, 3, 4};
    struct fixture              f;
    const struct evalfn_window *w = window(&f, 1000, 1000, v, 4, 4000, 4000);

    (void)state;
    assert_int_equal(w->n_falls, 0);
    check_close(rate_increase(w), -1 * 4 / 3., 1e-12); /* 3 s sampled, 1 s before */
}

/* Laws: increase is rate times range; stretching never changes a sign; a
 * counter that grows by a line and fills its window grows by slope * range. */
static void
laws(void **state)
{
    struct prng r = {11};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct fixture f;
        double         v[MOST], level = (double)prng_below(&r, 1000);
        size_t         n = 2 + (size_t)prng_below(&r, MOST - 2);
        int64_t        step_ms = 1 + (int64_t)prng_below(&r, 30000), end_ms, range_ms;

        for (size_t i = 0; i < n; i++) {
            level = prng_below(&r, 10) ? level + (double)prng_below(&r, 100) : 0;
            v[i] = level;
        }
        end_ms = (int64_t)n * step_ms + (int64_t)prng_below(&r, 30000);
        range_ms = end_ms - (int64_t)prng_below(&r, (uint64_t)step_ms) + 1;
        const struct evalfn_window *w = window(&f, step_ms, step_ms, v, n, end_ms, range_ms);

        check_close(rate_per_second(w) * (double)range_ms / 1000, rate_increase(w),
                    1e-9 * (1 + rate_increase(w)));
        assert_true(rate_increase(w) >= 0);
        if (!w->n_falls && v[0] >= level) /* flat */
            check_close(rate_increase(w), 0, 0);
    }
    for (int round = 0; round < 2000; round++) {
        struct fixture f;
        double         v[MOST], slope = 1 + (double)prng_below(&r, 1000);

        for (size_t i = 0; i < MOST; i++)
            v[i] = 1e6 + slope * (double)i * 15;
        check_close(rate_increase(window(&f, 15000, 15000, v, MOST, MOST * 15000, MOST * 15000)),
                    slope * MOST * 15, 1e-6);
    }
}

/* A law: of what neither falls nor is near zero, rate and its kin are the growth
 * times a factor of the times alone, to the last bit. */
static void
factors_are_the_same(void **state)
{
    struct prng r = {11};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct fixture      f;
        struct evalfn_shape shape;
        double              v[MOST], grown = (double)prng_below(&r, 1000) / 8;
        size_t              n = 2 + prng_below(&r, MOST - 2);
        int64_t             step_ms = 1 + (int64_t)prng_below(&r, 30000);
        int64_t             range_ms = (int64_t)n * step_ms + (int64_t)prng_below(&r, 90000);
        bool                negative = prng_below(&r, 10) == 0;

        int64_t begin_ms = 1 + (int64_t)prng_below(&r, 60000);
        int64_t end_ms = begin_ms + (int64_t)(n - 1) * step_ms + (int64_t)prng_below(&r, 20000);
        memset(v, 0, sizeof v);
        rate_shape(window(&f, begin_ms, step_ms, v, n, end_ms, range_ms), &shape);
        v[0] = negative ? -grown - 3 : evalfn_near_zero(&shape) * grown * (1 + 1e-9);
        for (size_t i = 1; i < n; i++)
            v[i] = v[i - 1] + (prng_below(&r, 3) ? grown / (double)n : 0);
        const struct evalfn_window *w = window(&f, begin_ms, step_ms, v, n, end_ms, range_ms);
        double                      rise = v[n - 1] - v[0];

        assert_int_equal(w->n_falls, 0);
        assert_true(negative || rise == 0 || shape.to_start <= 0 ||
                    v[0] > evalfn_near_zero(&shape) * rise);
        assert_true(rate_per_second(w) == rise * rate_factor_per_second(&shape));
        assert_true(rate_increase(w) == rise * rate_factor(&shape));
        assert_true(rate_delta(w) == rise * rate_factor(&shape));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_are_the_same), cmocka_unit_test(known_answers),
        cmocka_unit_test(too_few_samples),      cmocka_unit_test(the_last_two),
        cmocka_unit_test(nan_is_no_reset),      cmocka_unit_test(laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
