#include "tests/bench/canarybench/bench_bound.h"

#include "tests/meshsim/sim_chance.h"

#include <math.h>
#include <stdlib.h>

#define Z_975 1.959963984540054

struct bench_bound
bench_bound_share(uint64_t k, uint64_t n)
{
    double m = (double)n, p, spread, middle, base;

    if (n == 0)
        return (struct bench_bound){0, 1};
    p = (double)k / m;
    base = 1 + Z_975 * Z_975 / m;
    middle = (p + Z_975 * Z_975 / (2 * m)) / base;
    spread = Z_975 * sqrt(p * (1 - p) / m + Z_975 * Z_975 / (4 * m * m)) / base;
    return (struct bench_bound){k == 0 ? 0 : middle - spread, k == n ? 1 : middle + spread};
}

double
bench_bound_cdf(uint64_t k, uint64_t n, double p)
{
    double term, sum;

    if (k >= n || p <= 0)
        return 1;
    if (p >= 1)
        return 0;
    term = lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) +
           (double)k * log(p) + (double)(n - k) * log1p(-p);
    /* Downwards from k, where most of a lower tail is. */
    sum = term = exp(term);
    for (uint64_t i = k; i > 0 && term > sum * 1e-17; i--) {
        term *= (double)i / (double)(n - i + 1) * (1 - p) / p;
        sum += term;
    }
    return fmin(sum, 1);
}

double
bench_bound_upper(uint64_t k, uint64_t n, double level)
{
    double low = n ? (double)k / (double)n : 0, high = 1;

    if (k >= n)
        return 1;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if (bench_bound_cdf(k, n, middle) > level)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int
rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct bench_bound
bench_bound_mean(const double *x, size_t n)
{
    enum { RESAMPLES = 400, CUT = RESAMPLES / 40 };
    double            means[RESAMPLES];
    struct sim_chance c;

    if (n == 0)
        return (struct bench_bound){NAN, NAN};
    sim_chance_seed(&c, n, 0);
    for (int r = 0; r < RESAMPLES; r++) {
        double sum = 0;

        for (size_t i = 0; i < n; i++)
            sum += x[sim_chance_below(&c, (uint32_t)n)];
        means[r] = sum / (double)n;
    }
    qsort(means, RESAMPLES, sizeof means[0], rising);
    return (struct bench_bound){means[CUT], means[RESAMPLES - 1 - CUT]};
}

void
bench_bound_holm(const uint64_t *k, const uint64_t *n, size_t m, double limit, double level,
                 double *upper)
{
    bool   failed = false;
    double at = level / (double)(m ? m : 1);

    for (size_t i = 0; i < m; i++)
        upper[i] = NAN;
    for (size_t turn = 0; turn < m; turn++) {
        size_t best = m;
        double least = INFINITY;

        for (size_t i = 0; i < m; i++) {
            double p = isnan(upper[i]) ? bench_bound_cdf(k[i], n[i], limit) : INFINITY;

            if (p < least) {
                least = p;
                best = i;
            }
        }
        if (!failed)
            at = level / (double)(m - turn);
        failed |= least > at;
        upper[best] = bench_bound_upper(k[best], n[best], at);
    }
}
