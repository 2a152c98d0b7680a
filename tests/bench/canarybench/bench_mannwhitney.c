#include "tests/bench/canarybench/bench_mannwhitney.h"

#include <float.h>
#include <math.h>

#define TOLERANCE 1e-4

enum { MOST_STEPS = 1000 };

/* Both samples are sorted, so ranks come from merging; subtracting mu keeps the
 * order, and equal differences are ties exactly as they would be after sorting. */
double
bench_mannwhitney_diff(const struct bench_mannwhitney *s, double mu, double z)
{
    double m = (double)s->n_experiment, n = (double)s->n_control, ranks = 0, ties = 0, at = 0;
    double shift, correction, variance;
    size_t i = 0, j = 0;

    while (i < s->n_experiment || j < s->n_control) {
        double x = i < s->n_experiment ? s->experiment[i] - mu : INFINITY;
        double value = j < s->n_control ? fmin(x, s->control[j]) : x;
        double ours = 0, theirs = 0, all;

        for (; i < s->n_experiment && s->experiment[i] - mu == value; i++)
            ours++;
        for (; j < s->n_control && s->control[j] == value; j++)
            theirs++;
        all = ours + theirs;
        ranks += ours * (at + (all + 1) / 2);
        ties += all * all * all - all;
        at += all;
    }
    shift = ranks - m * (m + 1) / 2 - m * n / 2;
    correction = shift > 0 ? .5 : shift < 0 ? -.5 : 0;
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
    return variance > 0 ? (shift - correction) / sqrt(variance) - z : NAN;
}

/* One bracket of the root: f(b) is the smallest so far, the root lies between b
 * and c, a was b before. */
struct bracket {
    double a, b, c, fa, fb, fc;
};

/* Where interpolation through a, b and c would step to; 0: nowhere good. */
static double
interpolated(const struct bracket *k, double previous, double tolerance)
{
    double back = k->c - k->b, p, q, t;

    if (k->a == k->c) {
        t = k->fb / k->fa;
        p = back * t;
        q = 1 - t;
    } else {
        double u = k->fa / k->fc, v = k->fb / k->fc;

        t = k->fb / k->fa;
        p = t * (back * u * (u - v) - (k->b - k->a) * (v - 1));
        q = (u - 1) * (v - 1) * (t - 1);
    }
    if (p > 0)
        q = -q;
    else
        p = -p;
    if (p < .75 * back * q - fabs(tolerance * q) / 2 && p < fabs(previous * q / 2))
        return p / q;
    return 0;
}

/* Brent, Algorithms for minimization without derivatives (1973), ch. 4, as R's
 * zeroin has it (R_zeroin2: tolerance 2 eps |b| + tol/2). */
static double
root(const struct bench_mannwhitney *s, double z, double low, double high, double f_low,
     double f_high)
{
    struct bracket k = {low, high, low, f_low, f_high, f_low};

    if (k.fa == 0)
        return k.a;
    for (int i = 0; i <= MOST_STEPS && k.fb != 0; i++) {
        double previous = k.b - k.a, tolerance, half, move;

        if (fabs(k.fc) < fabs(k.fb))
            k = (struct bracket){k.b, k.c, k.b, k.fb, k.fc, k.fb};
        tolerance = 2 * DBL_EPSILON * fabs(k.b) + TOLERANCE / 2;
        half = move = (k.c - k.b) / 2;
        if (fabs(half) <= tolerance)
            break;
        if (fabs(previous) >= tolerance && fabs(k.fa) > fabs(k.fb)) {
            double step = interpolated(&k, previous, tolerance);

            move = step != 0 ? step : half;
        }
        if (fabs(move) < tolerance)
            move = move > 0 ? tolerance : -tolerance;
        k.a = k.b;
        k.fa = k.fb;
        k.b += move;
        k.fb = bench_mannwhitney_diff(s, k.b, z);
        if (isnan(k.fb))
            return NAN;
        if ((k.fb > 0) == (k.fc > 0) && k.fb != 0 && k.fc != 0) {
            k.c = k.a;
            k.fc = k.fa;
        }
    }
    return k.b;
}

struct bench_mannwhitney_interval
bench_mannwhitney_of(const struct bench_mannwhitney *s, double z)
{
    double low = s->experiment[0] - s->control[s->n_control - 1];
    double high = s->experiment[s->n_experiment - 1] - s->control[0];
    double at[] = {z, -z, 0}, found[ARRAY_LEN(at)];

    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        double f_low = bench_mannwhitney_diff(s, low, at[i]);
        double f_high = bench_mannwhitney_diff(s, high, at[i]);

        if (isnan(f_low) || isnan(f_high))
            return (struct bench_mannwhitney_interval){.error = true};
        if (at[i] != 0 && f_low <= 0)
            found[i] = low;
        else if (at[i] != 0 && f_high >= 0)
            found[i] = high;
        else
            found[i] = root(s, at[i], low, high, f_low, f_high);
        if (isnan(found[i]))
            return (struct bench_mannwhitney_interval){.error = true};
    }
    return (struct bench_mannwhitney_interval){
        .low = found[0], .high = found[1], .estimate = found[2]};
}
