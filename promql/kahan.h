/* kahan.h - sums and means that keep what a double would lose.
 *
 * Neumaier's form of Kahan's sum (Neumaier 1974); Prometheus takes it for
 * sum, avg and everything over time, so the digits agree only with the same
 * steps in the same order (util/kahansum of Prometheus). */
#ifndef PROMQL_KAHAN_H
#define PROMQL_KAHAN_H

#include "base/base.h"

#include <math.h>

/* Start it as {0}. */
struct kahan {
    double sum, lost;
};

static inline void
kahan_add(struct kahan *k, double x)
{
    double t = k->sum + x;

    if (isinf(t))
        k->lost = 0;
    else if (fabs(k->sum) >= fabs(x))
        k->lost += (k->sum - t) + x;
    else
        k->lost += (x - t) + k->sum;
    k->sum = t;
}

static inline double
kahan_total(const struct kahan *k)
{
    return isinf(k->sum) ? k->sum : k->sum + k->lost;
}

/* The mean of what was added: the sum over the count until the sum overflows,
 * from then on a running mean, which cannot.  Start it as {0}. */
struct kahan_mean {
    struct kahan sum; /* or the running mean */
    double       n;
    bool         running;
};

static inline void
kahan_mean_add(struct kahan_mean *m, double x)
{
    struct kahan next = m->sum;
    double       before;

    m->n++;
    if (m->n == 1) { /* taken as it is: an infinite first value is no overflow */
        m->sum = (struct kahan){x, 0};
        return;
    }
    if (!m->running) {
        kahan_add(&next, x);
        if (!isinf(next.sum)) {
            m->sum = next;
            return;
        }
        m->running = true;
        m->sum.sum /= m->n - 1;
        m->sum.lost /= m->n - 1;
    }
    before = (m->n - 1) / m->n;
    m->sum.sum *= before;
    m->sum.lost *= before;
    kahan_add(&m->sum, x / m->n);
}

/* NaN before the first value. */
static inline double
kahan_mean_value(const struct kahan_mean *m)
{
    return m->running ? m->sum.sum + m->sum.lost : m->sum.sum / m->n + m->sum.lost / m->n;
}

#endif
