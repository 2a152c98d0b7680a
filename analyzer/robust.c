#include "analyzer/robust.h"

#include "analyzer/mixture.h"

#include <math.h>
#include <string.h>

static const double cash_kept = .3, feed_per_step = .01;
static const struct {
    double f, prior;
} bets[ROBUST_BETS] = {{.05, .1}, {.2, .3}, {.5, .3}, {.95, .3}};

void
robust_init(struct robust *r)
{
    r->cash = cash_kept;
    for (int k = 0; k < ROBUST_BETS; k++)
        r->pooled[k] = r->pods[k] = (1 - cash_kept) * bets[k].prior;
}

double
robust_feed(int64_t length_ms)
{
    return mixture_fed(feed_per_step, length_ms);
}

/* Reciprocal exposure per pod: A and B. */
static double
per_pod(const struct robust_block *b, enum counts_arm arm, double rho)
{
    return b->pods[arm] / (arm == ARM_CANARY ? rho * b->n[arm] : b->n[arm]);
}

struct robust_share
robust_share(const struct robust_block *b, double rho, enum robust_theta theta)
{
    double exposed = rho * b->n[ARM_CANARY];
    double of_canary = b->x[ARM_CANARY], of_baseline = b->x[ARM_BASELINE];
    double of_one = per_pod(b, ARM_CANARY, rho), of_other = per_pod(b, ARM_BASELINE, rho);
    struct robust_share s = {.under = of_one > of_other,
                             .theta = exposed / (exposed + b->n[ARM_BASELINE])};

    if (s.under && theta == ROBUST_BY_PODS) {
        of_canary *= of_one;
        of_baseline *= of_other;
        s.theta = b->pods[ARM_CANARY] / ((double)b->pods[ARM_CANARY] + b->pods[ARM_BASELINE]);
    }
    s.y = of_canary / (of_canary + of_baseline);
    return s;
}

/* The product over the canary's pods.  64 factors of at least .05 and at most
 * 1/t_k, whose product is at most (rho-weighted) C(128, 64): no overflow. */
static void
pod_factors(const struct robust_block *b, bool under, double rho, double out[ROBUST_BETS])
{
    double step = under ? 1 : rho * b->n[ARM_CANARY] / b->pods[ARM_CANARY];
    double exposed = under ? b->pods[ARM_BASELINE] : b->n[ARM_BASELINE];
    double scale = under ? per_pod(b, ARM_CANARY, rho) : 1;
    double all = b->x[ARM_BASELINE] * (under ? per_pod(b, ARM_BASELINE, rho) : 1);

    for (int k = 0; k < ROBUST_BETS; k++)
        out[k] = 1;
    for (uint32_t u = 0; u < b->pods[ARM_CANARY]; u++) {
        double part = b->x_of[u] * scale, excess;

        all += part;
        exposed += step;
        if (!(all > 0))
            continue;
        excess = part / all * (exposed / step) - 1;
        for (int k = 0; k < ROBUST_BETS; k++)
            out[k] *= 1 + bets[k].f * excess;
    }
}

struct robust_factors
robust_factors(const struct robust_block *b, double rho, enum robust_theta theta)
{
    struct robust_factors f = {{1, 1, 1, 1}, {1, 1, 1, 1}};
    struct robust_share   s;

    if (!(b->n[ARM_CANARY] > 0) || !(b->n[ARM_BASELINE] > 0) ||
        !(b->x[ARM_CANARY] + b->x[ARM_BASELINE] > 0))
        return f;
    s = robust_share(b, rho, theta);
    for (int k = 0; k < ROBUST_BETS; k++)
        f.pooled[k] = 1 + bets[k].f * (s.y / s.theta - 1);
    if (b->pods[ARM_CANARY] <= 1)
        memcpy(f.pods, f.pooled, sizeof f.pods);
    else if (theta == ROBUST_BY_PODS || !s.under)
        pod_factors(b, s.under, rho, f.pods);
    return f;
}

void
robust_settle(struct robust *r, double feed, const struct robust_factors *f)
{
    double fed = feed * r->cash;

    r->cash = mixture_plain(r->cash - fed);
    for (int k = 0; k < ROBUST_BETS; k++) {
        double more = fed * bets[k].prior;

        r->pooled[k] = mixture_plain((r->pooled[k] + more) * f->pooled[k]);
        r->pods[k] = mixture_plain((r->pods[k] + more) * f->pods[k]);
    }
}

double
robust_e(const struct robust *r)
{
    double half = 0;

    for (int k = 0; k < ROBUST_BETS; k++)
        half += .5 * r->pooled[k] + .5 * r->pods[k];
    return r->cash + half;
}

double
robust_log_e(const struct robust *r)
{
    return log(robust_e(r));
}

void
robust_pack(const struct robust *r, struct text *out)
{
    pack_double(out, r->cash);
    for (int k = 0; k < ROBUST_BETS; k++) {
        pack_double(out, r->pooled[k]);
        pack_double(out, r->pods[k]);
    }
}

void
robust_unpack(struct robust *r, struct unpack *in)
{
    r->cash = mixture_get_plain(in);
    for (int k = 0; k < ROBUST_BETS; k++) {
        r->pooled[k] = mixture_get_plain(in);
        r->pods[k] = mixture_get_plain(in);
    }
}
