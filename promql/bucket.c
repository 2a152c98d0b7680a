#include "promql/bucket.h"

#include "promql/value.h"

#include <float.h>
#include <math.h>

/* Counts that differ by less than this share of their sum are one count and
 * some rounding. */
#define ROUNDING 1e-12

static size_t
join_equal_bounds(double *bounds, double *counts, size_t n)
{
    size_t kept = 0;

    for (size_t i = 1; i < n; i++) {
        if (bounds[i] == bounds[kept]) {
            counts[kept] += counts[i];
        } else {
            kept++;
            bounds[kept] = bounds[i];
            counts[kept] = counts[i];
        }
    }
    return kept + 1;
}

/* util/almost of Prometheus: relative to the sum, absolute at zero; two NaNs
 * are the same. */
static bool
almost_equal(double a, double b)
{
    double sum = fabs(a) + fabs(b), apart = fabs(a - b);

    if (isnan(a) && isnan(b))
        return true;
    if (a == b)
        return true;
    if (a == 0 || b == 0 || sum < DBL_MIN)
        return apart < ROUNDING * DBL_MIN;
    return apart / fmin(sum, DBL_MAX) < ROUNDING;
}

/* Raise what is below its predecessor; what is merely rounded becomes equal. */
static void
make_monotonic(const double *bounds, double *counts, size_t n, struct bucket_fix *fix)
{
    double before = counts[0];

    for (size_t i = 1; i < n; i++) {
        double count = counts[i];

        if (count == before)
            continue;
        if (almost_equal(before, count)) {
            counts[i] = before;
        } else if (count < before) {
            counts[i] = before;
            if (!fix->forced)
                fix->low_bound = bounds[i];
            fix->forced = true;
            fix->high_bound = bounds[i];
            fix->most = fmax(fix->most, before - count);
        } else {
            before = count;
        }
    }
}

/* The first bucket but the last whose count reaches the rank, else the last.
 * Halving, as upstream does: with NaN among the counts the answer depends on
 * the probes. */
static size_t
bucket_of_rank(const double *counts, size_t n, double rank)
{
    size_t low = 0, high = n - 1;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (counts[middle] >= rank)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

double
bucket_quantile(double q, double *bounds, double *counts, size_t n, struct bucket_fix *fix)
{
    double rank, start = 0, count;
    size_t at;

    *fix = (struct bucket_fix){0};
    if (isnan(q))
        return value_nan();
    if (q < 0)
        return -INFINITY;
    if (q > 1)
        return INFINITY;
    if (n == 0 || bounds[n - 1] != INFINITY)
        return value_nan();
    n = join_equal_bounds(bounds, counts, n);
    make_monotonic(bounds, counts, n, fix);
    if (n < 2 || counts[n - 1] == 0)
        return value_nan();

    rank = q * counts[n - 1];
    at = bucket_of_rank(counts, n, rank);
    if (at == n - 1)
        return bounds[n - 2];
    if (at == 0 && bounds[0] <= 0)
        return bounds[0];
    count = counts[at];
    if (at > 0) {
        start = bounds[at - 1];
        count -= counts[at - 1];
        rank -= counts[at - 1];
    }
    return start + (bounds[at] - start) * (rank / count);
}

/* Observations up to x, which lies inside (start, end). */
static double
rank_inside(double x, double start, double end, double before, double count)
{
    if (isinf(start))
        return count;
    return before + (count - before) * (x - start) / (end - start);
}

/* Observations up to x; all of them where x is past every finite bound. */
static double
rank_of(double x, const double *bounds, const double *counts, size_t n)
{
    double start = bounds[0] > 0 ? 0 : -INFINITY, before = 0, all = counts[n - 1];

    for (size_t i = 0; i < n; i++) {
        if (start >= x)
            return before > all ? all : before;
        if (bounds[i] > x) {
            double rank = rank_inside(x, start, bounds[i], before, counts[i]);

            return rank > all ? all : rank;
        }
        before = counts[i];
        start = bounds[i];
    }
    return all;
}

double
bucket_fraction(double lower, double upper, double *bounds, double *counts, size_t n)
{
    if (n == 0 || bounds[n - 1] != INFINITY)
        return value_nan();
    n = join_equal_bounds(bounds, counts, n);
    if (counts[n - 1] == 0 || isnan(lower) || isnan(upper))
        return value_nan();
    if (lower >= upper)
        return 0;
    return (rank_of(upper, bounds, counts, n) - rank_of(lower, bounds, counts, n)) / counts[n - 1];
}
