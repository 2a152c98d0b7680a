#include "tests/bench/canarybench/bench_draw.h"

#include <math.h>

/* Rejection has constants for means from 10. */
#define BY_INVERSION 10.0

/* Once in more draws than any table has. */
#define NEVER 1e-12

static uint64_t
small_poisson(struct sim_chance *c, double mean)
{
    double   u = sim_chance_uniform(c), p = exp(-mean);
    uint64_t k = 0;

    while (u >= p && p > 0) {
        u -= p;
        p *= mean / (double)++k;
    }
    return k;
}

/* PTRS of "The transformed rejection method for generating Poisson random
 * variables", Insurance: Mathematics and Economics 12 (1993). */
uint64_t
bench_draw_poisson(struct sim_chance *c, double mean)
{
    double b, a, inverse_alpha, accept, log_mean;

    if (mean <= 0)
        return 0;
    if (mean < BY_INVERSION)
        return small_poisson(c, mean);
    b = 0.931 + 2.53 * sqrt(mean);
    a = -0.059 + 0.02483 * b;
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    accept = 0.9277 - 3.6224 / (b - 2);
    log_mean = log(mean);
    for (;;) {
        double u = sim_chance_uniform(c) - 0.5, v = sim_chance_uniform(c);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);

        if (us >= 0.07 && v <= accept)
            return (uint64_t)k;
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <= k * log_mean - mean - lgamma(k + 1))
            return (uint64_t)k;
    }
}

/* log(1 - p), exact to 1e-13 where p is small: most draws are of rare things. */
static double
log_rest(double p)
{
    return p < 1e-3 ? -p * (1 + p * (1. / 2 + p * (1. / 3 + p / 4))) : log1p(-p);
}

static uint64_t
small_binomial(struct sim_chance *c, uint64_t n, double p)
{
    double   u = sim_chance_uniform(c), q = exp((double)n * log_rest(p)), odds = p / (1 - p);
    uint64_t k = 0;

    while (u >= q && k < n) {
        u -= q;
        q *= odds * (double)(n - k) / (double)(k + 1);
        k++;
    }
    return k;
}

/* Stirling's correction: log k! less its leading terms. */
static double
stirling(double k)
{
    static const double exact[] = {.0810614667953272, .0413406959554092, .0276779256849983,
                                   .0207906721037650, .0166446911898211, .0138761288230707,
                                   .0118967099458917, .0104112652619720, .00925546218271273,
                                   .00833056343336287};
    double              square = (k + 1) * (k + 1);

    if (k < (double)ARRAY_LEN(exact))
        return exact[(int)k];
    return (1. / 12 - (1. / 360 - 1. / 1260 / square) / square) / (k + 1);
}

/* BTRS of "The generation of binomial random variates", Journal of Statistical
 * Computation and Simulation 46 (1993); p at most 1/2. */
static uint64_t
large_binomial(struct sim_chance *c, double n, double p)
{
    double spread = sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * spread;
    double a = -0.0873 + 0.0248 * b + 0.01 * p, centre = n * p + 0.5, accept = 0.92 - 4.2 / b;
    double alpha = (2.83 + 5.1 / b) * spread, mode = floor((n + 1) * p), odds = p / (1 - p);

    for (;;) {
        double u = sim_chance_uniform(c) - 0.5, v = sim_chance_uniform(c);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + centre);

        if (k < 0 || k > n)
            continue;
        if (us >= 0.07 && v <= accept)
            return (uint64_t)k;
        if (log(v * alpha / (a / (us * us) + b)) <=
            (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1))) +
                (n + 1) * log((n - mode + 1) / (n - k + 1)) +
                (k + 0.5) * log(odds * (n - k + 1) / (k + 1)) + stirling(mode) +
                stirling(n - mode) - stirling(k) - stirling(n - k))
            return (uint64_t)k;
    }
}

uint64_t
bench_draw_binomial(struct sim_chance *c, uint64_t n, double p)
{
    if (n == 0 || p <= 0)
        return 0;
    if (p >= 1)
        return n;
    if (p > 0.5)
        return n - bench_draw_binomial(c, n, 1 - p);
    if ((double)n * p < NEVER)
        return 0;
    if ((double)n * p < BY_INVERSION)
        return small_binomial(c, n, p);
    return large_binomial(c, (double)n, p);
}

uint64_t
bench_draw_geometric(struct sim_chance *c, double mean)
{
    return mean <= 1 ? 1 : 1 + (uint64_t)floor(log1p(-sim_chance_uniform(c)) / log1p(-1 / mean));
}
