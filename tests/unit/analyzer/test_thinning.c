#include "analyzer/thinning.h"
#include "tests/support/check.h"

#include <math.h>

static double
log_binomial(double n, double k, double p)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p);
}

/* Chi-square over the values with at least 20 expected, the rest in one cell:
 * its mean is the number of cells less one; five standard deviations are
 * allowed (chance of a false alarm under 1e-5, and the seed is fixed). */
static void
draws_follow_the_binomial(void **state)
{
    (void)state;
    enum { DRAWS = 200000, MOST = 400 };
    static const struct {
        uint64_t n;
        double   p;
    } cases[] = {{1, .3},   {7, .9},    {40, .1},   {40, .2}, /* both sides of the switch */
                 {100, .5}, {300, .04}, {1000, .3}, {50, .99}};
    struct thinning t = {.state = 5};

    for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
        unsigned seen[MOST + 1] = {0};
        double   chi = 0, rest = DRAWS, rest_seen = DRAWS;
        int      cells = 0;

        for (int i = 0; i < DRAWS; i++) {
            uint64_t k = thinning_keep(&t, cases[c].n, cases[c].p);

            assert_true(k <= cases[c].n);
            seen[k < MOST ? k : MOST]++;
        }
        for (uint64_t k = 0; k <= cases[c].n && k < MOST; k++) {
            double want = DRAWS * exp(log_binomial((double)cases[c].n, (double)k, cases[c].p));

            if (want < 20)
                continue;
            chi += (seen[k] - want) * (seen[k] - want) / want;
            rest -= want;
            rest_seen -= seen[k];
            cells++;
        }
        if (rest > 1)
            chi += (rest_seen - rest) * (rest_seen - rest) / rest;
        if (chi > cells + 5 * sqrt(2. * cells) + 5)
            fail_msg("case %zu: chi-square %g over %d cells", c, chi, cells);
    }
}

static void
edges_are_exact(void **state)
{
    (void)state;
    struct thinning t = {.state = 5}, same = {.state = 5};
    uint64_t        most = UINT64_C(1) << 53, k;

    assert_int_equal(thinning_keep(&t, 0, .5), 0);
    assert_int_equal(thinning_keep(&t, 100, 0), 0);
    assert_int_equal(thinning_keep(&t, 100, NAN), 0);
    assert_int_equal(thinning_keep(&t, 100, 1), 100);
    assert_int_equal(thinning_keep(&t, 100, 2), 100);
    k = thinning_keep(&t, most, .25);
    /* Six standard deviations. */
    assert_true(fabs((double)k - .25 * (double)most) < 6 * sqrt(.1875 * (double)most));
    assert_int_equal(thinning_keep(&same, most, .25), k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_the_binomial),
        cmocka_unit_test(edges_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
