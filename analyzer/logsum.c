#include "analyzer/logsum.h"

#include <math.h>

/* exp() of its negative is nothing beside 1, and further down slow to say so. */
enum { LEAST = 700 };

double
logsum_two(double a, double b)
{
    double most = a > b ? a : b;

    /* -Inf less -Inf would be NaN. */
    if (isinf(most) || fabs(a - b) >= LEAST)
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
        if (v[i] == most)
            sum += 1;
        else if (most - v[i] < LEAST) /* else as in logsum_two() */
            sum += exp(v[i] - most);
    return most + log(sum);
}
