#include "tests/bench/canarybench/bench_kayenta.h"

#include "tests/bench/canarybench/bench_mannwhitney.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Literals of the judge: of the estimated shift, no part of the baseline. */
#define TOLERANCE .25

#define PASS 95.

static int
rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
mean(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* Two constants that differ get noise, with a deviation of 1e-5 of the value.
 * Quantiles of the normal law serve as well as draws. */
static void
jitter(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double u = ((double)i + .5) / (double)n;

        x[i] *= 1 + 1e-5 * (u < .5 ? -1 : 1) * sqrt(-log(4 * u * (1 - u)) * M_PI / 2);
    }
}

/* Is the effect large enough?  Without a ratio it is: Kayenta takes NaN for yes. */
static bool
large(const double *experiment, size_t n, const double *control, size_t m, double allowed)
{
    double e = mean(experiment, n), c = mean(control, m);

    return e == 0 || c == 0 || e / c >= allowed;
}

/* Seen without looking for roots: the interval's lower end is at most 0, since the
 * search begins there and the statistic falls as the shift grows, or the effect is
 * too small anyway.  What is an error must stay one. */
static bool
surely_passes(const struct bench_mannwhitney *s, bool enough)
{
    double low = s->experiment[0] - s->control[s->n_control - 1];
    double high = s->experiment[s->n_experiment - 1] - s->control[0];

    if (isnan(bench_mannwhitney_diff(s, low, 0)) || isnan(bench_mannwhitney_diff(s, high, 0)))
        return false;
    return !enough || (low <= 0 && bench_mannwhitney_diff(s, 0, BENCH_MANNWHITNEY_98) <= 0);
}

static enum bench_kayenta_class
judge_sorted(const struct bench_mannwhitney *s, double allowed, double *z)
{
    bool enough = large(s->experiment, s->n_experiment, s->control, s->n_control, allowed);
    struct bench_mannwhitney_interval i;

    if (!z && surely_passes(s, enough))
        return BENCH_KAYENTA_PASS;
    i = bench_mannwhitney_of(s, BENCH_MANNWHITNEY_98);
    if (i.error)
        return BENCH_KAYENTA_ERROR;
    if (z && enough && i.estimate > 0)
        *z = bench_mannwhitney_diff(s, TOLERANCE * i.estimate, 0);
    return enough && i.low > TOLERANCE * fabs(i.estimate) ? BENCH_KAYENTA_HIGH : BENCH_KAYENTA_PASS;
}

enum bench_kayenta_class
bench_kayenta_metric(const double *experiment, size_t n, const double *control, size_t m,
                     double allowed, double *z)
{
    double                   x[BENCH_MINUTE_MOST], y[BENCH_MINUTE_MOST];
    struct bench_mannwhitney s = {x, y, n, m};
    bool                     flat;

    if (z)
        *z = -INFINITY;
    if (n == 0 || m == 0)
        return BENCH_KAYENTA_NODATA;
    memcpy(x, experiment, n * sizeof *x);
    memcpy(y, control, m * sizeof *y);
    qsort(x, n, sizeof *x, rising);
    qsort(y, m, sizeof *y, rising);
    flat = x[0] == x[n - 1] && y[0] == y[m - 1];
    if ((n == m && memcmp(x, y, n * sizeof *x) == 0) || (flat && x[0] == y[0]))
        return BENCH_KAYENTA_PASS;
    if (flat) {
        jitter(x, n);
        jitter(y, m);
    }
    return judge_sorted(&s, allowed, z);
}

bool
bench_kayenta_looks(const struct bench_kayenta *k, uint32_t minute, uint32_t minutes)
{
    if (k->first == 0)
        return minute == minutes;
    return minute >= k->first && (minute - k->first) % k->every == 0;
}

/* NaN points are removed. */
static size_t
points(const struct bench_minutes *m, uint32_t from, enum bench_series s, bool faults, double *to)
{
    size_t n = 0;

    for (uint32_t i = from; i < m->n; i++) {
        double v = faults ? 100 * m->at[i].fault_ratio[s] : m->at[i].p95_ms[s];

        if (!isnan(v))
            to[n++] = v;
    }
    return n;
}

/* One group of two metrics: nothing counted is 100, half without data is 0. */
static double
score(const enum bench_kayenta_class c[2])
{
    int pass = 0, counted = 0, nodata = 0;

    for (int i = 0; i < 2; i++) {
        pass += c[i] == BENCH_KAYENTA_PASS;
        counted += c[i] == BENCH_KAYENTA_PASS || c[i] == BENCH_KAYENTA_HIGH;
        nodata += c[i] == BENCH_KAYENTA_NODATA;
        if (c[i] == BENCH_KAYENTA_HIGH) /* critical */
            return 0;
    }
    if (nodata > 0)
        return 0;
    return counted ? 100. * pass / counted : 100;
}

bool
bench_kayenta_fails(const struct bench_kayenta *k, const struct bench_minutes *m, double *z)
{
    uint32_t                 from = k->lookback && m->n > k->lookback ? m->n - k->lookback : 0;
    double                   x[BENCH_MINUTE_MOST], y[BENCH_MINUTE_MOST];
    enum bench_kayenta_class c[2];

    if (z)
        *z = -INFINITY;
    for (int metric = 0; metric < 2; metric++) {
        size_t n = points(m, from, BENCH_SERIES_CANARY, metric == 0, x);
        size_t o = points(m, from, k->control, metric == 0, y);
        double one;

        c[metric] = bench_kayenta_metric(x, n, y, o, k->allowed_increase, z ? &one : NULL);
        if (z)
            *z = fmax(*z, one);
    }
    return score(c) < PASS;
}
