#include "analyzer/betafn.h"

#include <math.h>

/* log(2 pi) / 2 */
static const double half_log_2pi = .91893853320467274178;

double
betafn_stirling_rest(double z)
{
    /* Bernoulli numbers B_2k / (2k (2k-1)), k = 1 .. 8: under 1e-17 from 12 on. */
    static const double term[] = {1. / 12,   -1. / 360,      1. / 1260, -1. / 1680,
                                  1. / 1188, -691. / 360360, 1. / 156,  -3617. / 122400};
    double              sum = 0, lower = 0;

    /* gamma(z) = gamma(z + 1) / z, with the leading terms taken together. */
    for (; z < 12; z++)
        lower += 1 - (z + .5) * log1p(1 / z);
    for (int k = (int)(sizeof term / sizeof term[0]) - 1; k >= 0; k--)
        sum = sum / (z * z) + term[k];
    return sum / z - lower;
}

static double
log_beta(double a, double b)
{
    double s = a + b;

    return half_log_2pi + a * log(a / s) + b * log(b / s) + .5 * log(s / a / b) +
           betafn_stirling_rest(a) + betafn_stirling_rest(b) - betafn_stirling_rest(s);
}

double
betafn_evidence(double x, double n, double p, double a, double b)
{
    double of_x = a + x, of_rest = b + (n - x), s = of_x + of_rest;
    double off = fma(-s, p, of_x); /* a + x - s p: of the rest it is the opposite */
    double sum;

    sum = x * log1p(off / (s * p)) + (n - x) * log1p(-off / (s * (1 - p)));
    sum += a * log(of_x / s) + b * log(of_rest / s) + .5 * log(s / of_x / of_rest);
    sum += betafn_stirling_rest(of_x) + betafn_stirling_rest(of_rest) - betafn_stirling_rest(s);
    return sum + half_log_2pi - log_beta(a, b);
}

/* Lentz's evaluation of the continued fraction for the incomplete beta function
 * (Abramowitz and Stegun 26.5.8), quick where p < (a + 1) / (a + b + 2). */
static double
fraction(double p, double a, double b)
{
    static const double tiny = 1e-300, enough = 1e-16;
    double              c = 1, d = 1 - (a + b) * p / (a + 1), f;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    f = d;
    for (int m = 1; m <= 100000; m++) {
        double even = m * (b - m) * p / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * p / ((a + 2 * m) * (a + 2 * m + 1));
        double gain;

        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        f *= d * c;
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        gain = d * c;
        f *= gain;
        if (fabs(gain - 1) < enough)
            break;
    }
    return f;
}

/* The chance to be below p, by the fraction: it follows
 * p^a (1-p)^b / (a Beta(a, b)). */
static double
below(double p, double a, double b)
{
    double s = a + b, off = fma(-s, p, a);
    double sum = a * log1p(off / (s * p)) + b * log1p(-off / (s * (1 - p)));

    sum += .5 * log(s / a / b) + betafn_stirling_rest(a) + betafn_stirling_rest(b) -
           betafn_stirling_rest(s);
    return exp(-sum - half_log_2pi) * fraction(p, a, b) / a;
}

double
betafn_above(double p, double a, double b)
{
    if (!(p > 0))
        return 1;
    if (!(p < 1))
        return 0;
    if (p < (a + 1) / (a + b + 2))
        return 1 - below(p, a, b);
    return below(1 - p, b, a);
}

double
betafn_evidence_above(double x, double n, double p, double a, double b)
{
    return betafn_evidence(x, n, p, a, b) + log(betafn_above(p, a + x, b + (n - x))) -
           log(betafn_above(p, a, b));
}
