#include "tests/bench/canarybench/bench_draw.h"
#include "tests/support/check.h"

enum { DRAWS = 200000 };

/* Five standard errors: with these seeds, and hardly ever with others. */
#define SIGMAS 5

struct moments {
    double mean, variance;
};

static struct moments
of(uint64_t (*draw)(struct sim_chance *, double, double), double n, double p)
{
    struct sim_chance c;
    double            sum = 0, squares = 0;

    sim_chance_seed(&c, 7, (uint64_t)(n * 1000 + p * 1e6));
    for (int i = 0; i < DRAWS; i++) {
        double x = (double)draw(&c, n, p);

        sum += x;
        squares += x * x;
    }
    sum /= DRAWS;
    return (struct moments){sum, squares / DRAWS - sum * sum};
}

static uint64_t
binomial(struct sim_chance *c, double n, double p)
{
    return bench_draw_binomial(c, (uint64_t)n, p);
}

static uint64_t
poisson(struct sim_chance *c, double mean, double unused)
{
    (void)unused;
    return bench_draw_poisson(c, mean);
}

static uint64_t
geometric(struct sim_chance *c, double mean, double unused)
{
    (void)unused;
    return bench_draw_geometric(c, mean);
}

/* fourth: the fourth central moment, for the variance's standard error. */
static void
check_moments(struct moments got, double mean, double variance, double fourth)
{
    check_close(got.mean, mean, SIGMAS * sqrt(variance / DRAWS));
    check_close(got.variance, variance, SIGMAS * sqrt((fourth - variance * variance) / DRAWS));
}

static void
binomial_has_its_moments(void **state)
{
    static const struct {
        double n, p;
    } cases[] = {{1, .4},    {50, .001}, {50, .02},   {1000, .0005}, {40, .3},
                 {200, .05}, {500, .5},  {300, .999}, {50000, .001}, {1e6, .2}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double n = cases[i].n, p = cases[i].p, v = n * p * (1 - p);

        check_moments(of(binomial, n, p), n * p, v, v * (1 + 3 * (n - 2) * p * (1 - p)));
    }
}

static void
poisson_has_its_moments(void **state)
{
    static const double means[] = {.01, .5, 3, 9.99, 10, 25, 500, 45000};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(means); i++) {
        double m = means[i];

        check_moments(of(poisson, m, 0), m, m, m + 3 * m * m);
    }
}

/* Success with chance 1/m: variance m(m-1); fourth central moment
 * v (9 v + 1 + ... ) with q = 1 - 1/m: v (p^2 + 9 q) / p^2. */
static void
geometric_has_its_moments(void **state)
{
    double m = 5, p = 1 / m, v = m * (m - 1);

    (void)state;
    check_moments(of(geometric, m, 0), m, v, v * (p * p + 9 * (1 - p)) / (p * p));
}

static void
edges_draw_nothing_or_all(void **state)
{
    struct sim_chance c;

    (void)state;
    sim_chance_seed(&c, 1, 0);
    assert_int_equal(bench_draw_binomial(&c, 0, .5), 0);
    assert_int_equal(bench_draw_binomial(&c, 9, 0), 0);
    assert_int_equal(bench_draw_binomial(&c, 9, 1), 9);
    assert_int_equal(bench_draw_poisson(&c, 0), 0);
    assert_int_equal(bench_draw_geometric(&c, 1), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binomial_has_its_moments),
        cmocka_unit_test(poisson_has_its_moments),
        cmocka_unit_test(geometric_has_its_moments),
        cmocka_unit_test(edges_draw_nothing_or_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
