#include "analyzer/logsum.h"

#include <math.h>

double
logsum_two(double a, double b)
{
    double most = a > b ? a : b;

    /* -Inf less -Inf would be NaN; beyond 746 exp() is 0, and slow to say so. */
    if (isinf(most) || fabs(a - b) >= 746)
        return most;
    return most + log1p(exp(-fabs(a - b)));
}

double
logsum_all(const double v[], size_t n)
{
    double most = -INFINITY, sum = 0;

    for (size_t i = 0; i < n; i++)
        if (v[i] > most)
            most = v[i];
    if (isinf(most))
        return most;
    for (size_t i = 0; i < n; i++)
        sum += exp(v[i] - most);
    return most + log(sum);
}
