#include "analyzer/thinning.h"

#include <math.h>

double
thinning_uniform(struct thinning *t)
{
    uint64_t z = t->state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    return ((double)(z >> 12) + .5) * 0x1p-52;
}

/* Walk up the distribution function; p at most one half, n p small. */
static uint64_t
by_inversion(struct thinning *t, uint64_t n, double p)
{
    double   odds = p / (1 - p), chance = exp((double)n * log1p(-p)), u = thinning_uniform(t);
    uint64_t k = 0;

    while (u > chance && k < n) {
        u -= chance;
        chance *= odds * (double)(n - k) / (double)(k + 1);
        k++;
    }
    return k;
}

/* log k! less Stirling's main terms, (k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2. */
static double
stirling_rest(double k)
{
    static const double exact[] = {
        0.08106146679532726,  0.04134069595540929,  0.02767792568499834, 0.02079067210376509,
        0.01664469118982119,  0.01387612882307075,  0.01189670994589177, 0.01041126526197209,
        0.009255462182712733, 0.008330563433362871,
    };
    double next = k + 1, square = next * next;

    if (k < ARRAY_LEN(exact))
        return exact[(int)k];
    return (1. / 12 - (1. / 360 - 1. / 1260 / square) / square) / next;
}

/* Hormann's constants; p at most one half, n p at least 10. */
static uint64_t
by_rejection(struct thinning *t, double n, double p)
{
    double spread = sqrt(n * p * (1 - p)), odds = p / (1 - p), mode = floor((n + 1) * p);
    double b = 1.15 + 2.53 * spread, a = -.0873 + .0248 * b + .01 * p, c = n * p + .5;
    double squeeze = .92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * spread;

    for (;;) {
        double u = thinning_uniform(t) - .5, v = thinning_uniform(t);
        double us = .5 - fabs(u), k = floor((2 * a / us + b) * u + c), log_ratio;

        if (k < 0 || k > n)
            continue;
        if (us >= .07 && v <= squeeze)
            return (uint64_t)k;
        log_ratio = (mode + .5) * log((mode + 1) / (odds * (n - mode + 1))) +
                    (n + 1) * log((n - mode + 1) / (n - k + 1)) +
                    (k + .5) * log(odds * (n - k + 1) / (k + 1)) + stirling_rest(mode) +
                    stirling_rest(n - mode) - stirling_rest(k) - stirling_rest(n - k);
        if (log(v * alpha / (a / (us * us) + b)) <= log_ratio)
            return (uint64_t)k;
    }
}

uint64_t
thinning_keep(struct thinning *t, uint64_t n, double keep)
{
    enum { FEW = 10 };

    if (n == 0 || !(keep > 0))
        return 0;
    if (keep >= 1)
        return n;
    if (keep > .5)
        return n - thinning_keep(t, n, 1 - keep);
    return (double)n * keep < FEW ? by_inversion(t, n, keep) : by_rejection(t, (double)n, keep);
}
