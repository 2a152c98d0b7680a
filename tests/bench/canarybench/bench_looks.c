#include "tests/bench/canarybench/bench_looks.h"

#include <math.h>

#define ALPHA 0.01
#define Z_99 2.3263478740408408

void
bench_looks_add(struct bench_looks *l, const struct bench_minute *m)
{
    for (int arm = 0; arm < 2; arm++) {
        if (!m->seen[arm])
            continue;
        l->n[arm] += (double)m->requests[arm];
        l->faults[arm] += (double)m->faults[arm];
        l->slow[arm] += (double)m->slow[arm];
    }
}

/* Standard deviations that the canary's share is over the other's; 0 where it
 * cannot be told. */
static double
pooled_z(const double n[2], const double x[2])
{
    double all = n[0] + n[1], p = (x[0] + x[1]) / all;
    double error = sqrt(p * (1 - p) * (1 / n[0] + 1 / n[1]));

    return n[0] > 0 && n[1] > 0 && error > 0 ? (x[0] / n[0] - x[1] / n[1]) / error : 0;
}

bool
bench_looks_z(const struct bench_looks *l)
{
    return pooled_z(l->n, l->faults) > Z_99 || pooled_z(l->n, l->slow) > Z_99;
}

static bool
mixture_crosses(const double n[2], const double x[2])
{
    enum { TUNED_FOR = 5000 };
    double level = -2 * log(2 * ALPHA); /* one-sided: half of a two-sided 2 alpha */
    double z = pooled_z(n, x), seen = (n[0] + n[1]) * (level + log(level + 1)) / TUNED_FOR;

    return z > 0 && z * z * seen / (2 * (1 + seen)) - log1p(seen) / 2 >= -log(2 * ALPHA);
}

bool
bench_looks_mixture(const struct bench_looks *l)
{
    return mixture_crosses(l->n, l->faults) || mixture_crosses(l->n, l->slow);
}

/* x of n, by rate q against rate p. */
static double
ratio_of(double x, double n, double p, double q)
{
    double l = 0;

    if (p == q)
        return 0;
    if (x > 0)
        l += p > 0 ? x * log(q / p) : INFINITY;
    if (n > x)
        l += q < 1 ? (n - x) * (log1p(-q) - log1p(-p)) : -INFINITY;
    return l;
}

bool
bench_looks_oracle(struct bench_looks *l, const struct bench_tick *t, double alpha)
{
    const struct bench_pod *c = &t->arm[BENCH_CANARY];
    double                  n = (double)c->requests;
    double                  was = 1, is = 1;

    l->oracle += ratio_of((double)c->faults, n, t->fault_rate[0], t->fault_rate[1]);
    for (int j = 0; j < BENCH_LATENCY_MONITORED; j++) {
        double x = (double)c->over[j];

        if (was > 0 && is > 0)
            l->oracle += ratio_of(x, n, t->over_rate[0][j] / was, t->over_rate[1][j] / is);
        n = x;
        was = t->over_rate[0][j];
        is = t->over_rate[1][j];
    }
    if (t->fault_rate[0] == t->fault_rate[1] && t->over_rate[0][0] == t->over_rate[1][0])
        l->oracle = fmax(l->oracle, 0); /* before the onset, which it knows */
    return l->oracle >= -log(alpha);
}
