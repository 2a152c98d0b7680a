#include "tests/support/check.h"

#include "promql/bucket.h"
#include "tests/support/prng.h"

enum { MOST = 12 };

struct histogram {
    double bounds[MOST], counts[MOST];
    size_t n;
};

static double
quantile(double q, struct histogram h, struct bucket_fix *fix)
{
    return bucket_quantile(q, h.bounds, h.counts, h.n, fix);
}

static double
fraction(double low, double high, struct histogram h)
{
    return bucket_fraction(low, high, h.bounds, h.counts, h.n);
}

/* 10 up to 1, 30 in (1, 2], 40 in (2, 4], 20 beyond. */
static const struct histogram typical = {{1, 2, 4, INFINITY}, {10, 40, 80, 100}, 4};

static void
quantiles(void **state)
{
    /* Linear inside a bucket, by hand. */
    const struct {
        const char      *what;
        struct histogram h;
        double           q, want;
    } cases[] = {
        {"middle of the third bucket: rank 60 of 40 to 80", typical, 0.6, 3},
        {"first bucket begins at 0", typical, 0.05, 0.5},
        {"on a bound", typical, 0.4, 2},
        {"last bucket: the bound below it", typical, 0.9, 4},
        {"1 is the end of the last bucket with a finite bound", typical, 1, 4},
        {"0", typical, 0, 0},
        {"q below", typical, -0.1, -INFINITY},
        {"q above", typical, 1.1, INFINITY},
        {"q not a number", typical, NAN, NAN},
        {"first bound negative: no interpolation in it",
         {{-1, 1, INFINITY}, {5, 10, 10}, 3},
         0.3,
         -1},
        {"negative to positive", {{-1, 1, INFINITY}, {5, 10, 10}, 3}, 0.75, 0},
        {"no +Inf bucket", {{1, 2}, {5, 10}, 2}, 0.5, NAN},
        {"only +Inf", {{INFINITY}, {10}, 1}, 0.5, NAN},
        {"no observations", {{1, INFINITY}, {0, 0}, 2}, 0.5, NAN},
        {"empty first bucket and q 0: 0 of 0", {{1, 2, INFINITY}, {0, 5, 5}, 3}, 0, NAN},
        {"equal bounds are joined: 4 up to 1, 8 in all",
         {{1, 1, INFINITY, INFINITY}, {2, 2, 4, 4}, 4},
         0.25,
         0.5},
        {"nothing at all", {{0}, {0}, 0}, 0.5, NAN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bucket_fix fix;
        double            got = quantile(cases[i].q, cases[i].h, &fix);

        print_message("%s\n", cases[i].what);
        if (isinf(cases[i].want))
            assert_true(got == cases[i].want);
        else
            check_close(got, cases[i].want, 1e-12);
        assert_false(fix.forced);
    }
}

static void
counts_that_fall(void **state)
{
    const struct histogram falling = {{1, 2, 4, 8, INFINITY}, {10, 8, 20, 15, 20}, 5};
    const struct histogram rounded = {{1, 2, INFINITY}, {1, 1 - 1e-14, 1 + 1e-14}, 3};
    struct bucket_fix      fix;

    (void)state;
    /* Raised to 10 10 20 20 20: rank 15 is half of (2, 4]. */
    check_close(quantile(0.75, falling, &fix), 3, 1e-12);
    assert_true(fix.forced);
    check_close(fix.low_bound, 2, 0);
    check_close(fix.high_bound, 8, 0);
    check_close(fix.most, 5, 0);

    check_close(quantile(0.5, rounded, &fix), 0.5, 1e-12);
    assert_false(fix.forced);
}

static void
fractions(void **state)
{
    const struct histogram negative = {{-2, -1, INFINITY}, {10, 20, 40}, 3};
    const struct {
        struct histogram h;
        double           low, high, want;
    } cases[] = {
        {typical, 0, 1, 0.1},
        {typical, 1, 2, 0.3},
        {typical, 1.5, 3, 0.15 + 0.2},
        {typical, -INFINITY, INFINITY, 1},
        {typical, 3, INFINITY, 0.2 + 0.2},
        {typical, -5, 0, 0},  /* the first bucket begins at 0 */
        {typical, 5, 100, 0}, /* nothing is known inside the last bucket */
        {typical, 2, 2, 0},
        {typical, 3, 2, 0},
        {typical, NAN, 2, NAN},
        {typical, 1, NAN, NAN},
        {negative, -INFINITY, -2, 0.25},
        {negative, -1.5, INFINITY, 0.125 + 0.5},
        {negative, -3, -2, 0}, /* the first bucket is all or nothing: counted up to -3 */
        {{{1, 2}, {5, 10}, 2}, 0, 1, NAN},
        {{{1, INFINITY}, {0, 0}, 2}, 0, 1, NAN},
        {{{0}, {0}, 0}, 0, 1, NAN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_close(fraction(cases[i].low, cases[i].high, cases[i].h), cases[i].want, 1e-12);
}

static struct histogram
random_histogram(struct prng *r)
{
    struct histogram h = {.n = 2 + (size_t)prng_below(r, MOST - 2)};
    double           bound = 0, count = 0;

    for (size_t i = 0; i < h.n; i++) {
        bound += 0.25 + (double)prng_below(r, 1000) / 256;
        count += 1 + (double)prng_below(r, 50);
        h.bounds[i] = i == h.n - 1 ? INFINITY : bound;
        h.counts[i] = count;
    }
    return h;
}

/* The quantile rises with q; the fraction up to it is q again while it lies
 * below the last finite bound; fractions of neighbours add up. */
static void
laws(void **state)
{
    struct prng r = {5};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct histogram  h = random_histogram(&r);
        double            known = h.counts[h.n - 2] / h.counts[h.n - 1], last = 0;
        struct bucket_fix fix;

        for (double q = 0; q <= 1; q += 0.0625) {
            double x = quantile(q, h, &fix);

            assert_true(x >= last && x <= h.bounds[h.n - 2]);
            last = x;
            if (q < known)
                check_close(fraction(-INFINITY, x, h), q, 1e-9);
        }
        double a = (double)prng_below(&r, 1000) / 100, b = a + (double)prng_below(&r, 1000) / 100;
        check_close(fraction(-INFINITY, a, h) + fraction(a, b, h) + fraction(b, INFINITY, h), 1,
                    1e-9);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles),
        cmocka_unit_test(counts_that_fall),
        cmocka_unit_test(fractions),
        cmocka_unit_test(laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
