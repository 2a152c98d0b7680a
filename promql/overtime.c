#include "promql/overtime.h"

#include "promql/kahan.h"
#include "promql/floatquantile.h"
#include "promql/value.h"

double
overtime_sum(const double *v, size_t n)
{
    struct kahan k = {0};

    for (size_t i = 0; i < n; i++)
        kahan_add(&k, v[i]);
    return kahan_total(&k);
}

double
overtime_avg(const double *v, size_t n)
{
    struct kahan_mean m = {0};

    for (size_t i = 0; i < n; i++)
        kahan_mean_add(&m, v[i]);
    return kahan_mean_value(&m);
}

/* Welford 1962, both running sums compensated. */
double
overtime_variance(const double *v, size_t n)
{
    struct kahan mean = {0}, squares = {0};

    for (size_t i = 0; i < n; i++) {
        double off = v[i] - (mean.sum + mean.lost);

        kahan_add(&mean, off / (double)(i + 1));
        kahan_add(&squares, off * (v[i] - (mean.sum + mean.lost)));
    }
    return (squares.sum + squares.lost) / (double)n;
}

double
overtime_min(const double *v, size_t n)
{
    double least = v[0];

    for (size_t i = 1; i < n; i++)
        if (v[i] < least || isnan(least))
            least = v[i];
    return least;
}

double
overtime_max(const double *v, size_t n)
{
    double most = v[0];

    for (size_t i = 1; i < n; i++)
        if (v[i] > most || isnan(most))
            most = v[i];
    return most;
}

size_t
overtime_min_index(const double *v, size_t n)
{
    size_t least = 0;

    for (size_t i = 1; i < n; i++)
        if (v[i] <= v[least] || isnan(v[least]))
            least = i;
    return least;
}

size_t
overtime_max_index(const double *v, size_t n)
{
    size_t most = 0;

    for (size_t i = 1; i < n; i++)
        if (v[i] >= v[most] || isnan(v[most]))
            most = i;
    return most;
}

double
overtime_quantile(double q, const double *v, size_t n, double *scratch)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = v[i];
    return floatquantile_of(q, scratch, n);
}

double
overtime_mad(const double *v, size_t n, double *scratch)
{
    double median;

    for (size_t i = 0; i < n; i++)
        if (isnan(v[i]))
            return value_nan();
    median = overtime_quantile(0.5, v, n, scratch);
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(v[i] - median);
    return floatquantile_of(0.5, scratch, n);
}

double
overtime_changes(const double *v, size_t n)
{
    size_t changes = 0;

    for (size_t i = 1; i < n; i++)
        changes += v[i] != v[i - 1] && !(isnan(v[i]) && isnan(v[i - 1]));
    return (double)changes;
}

double
overtime_smooth(const double *v, size_t n, double smoothing, double trend)
{
    double before = 0, level = v[0], slope = v[1] - v[0];

    for (size_t i = 1; i < n; i++) {
        double seen = smoothing * v[i];

        if (i > 1)
            slope = trend * (level - before) + (1 - trend) * slope;
        before = level;
        level = seen + (1 - smoothing) * (before + slope);
    }
    return level;
}
