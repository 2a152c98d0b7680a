#include "promql/floatquantile.h"

#include "promql/value.h"

#include <math.h>
#include <stdlib.h>

static int
compare(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;

    if (isnan(a) || isnan(b))
        return isnan(b) - isnan(a);
    return (a > b) - (a < b);
}

double
floatquantile_of(double q, double *v, size_t n)
{
    double rank, low, high, weight;

    if (n == 0 || isnan(q))
        return value_nan();
    if (q < 0)
        return -INFINITY;
    if (q > 1)
        return INFINITY;
    qsort(v, n, sizeof *v, compare);
    rank = q * (double)(n - 1);
    low = floor(rank);
    high = fmin((double)(n - 1), low + 1);
    weight = rank - low;
    return v[(size_t)low] * (1 - weight) + v[(size_t)high] * weight;
}
