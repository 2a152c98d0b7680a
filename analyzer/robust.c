#include "analyzer/robust.h"

#include "analyzer/mixture.h"

#include <math.h>
#include <string.h>

static const double cash_kept = .3, feed_per_step = .01;
static const struct {
    double f, prior;
} bets[ROBUST_BETS] = {{.05, .1}, {.2, .3}, {.5, .3}, {.95, .3}};

static const double most = 1e300, least = 1e-300;

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
    if (length_ms <= 0)
        return 0;
    return -expm1((double)length_ms / MIXTURE_FEED_MS * log1p(-feed_per_step));
}

/* Where a block stands: how exposed the canary's pods are. */
struct stand {
    bool   under;
    double a, b;  /* reciprocal exposure per pod, canary's (over rho) and baseline's */
    double theta; /* of the arms */
};

static struct stand
stand_of(const struct robust_block *b, double rho, enum robust_theta theta)
{
    double       exposed = rho * b->n[ARM_CANARY];
    double       p_c = (double)b->pods[ARM_CANARY], p_b = (double)b->pods[ARM_BASELINE];
    struct stand s = {.a = p_c / exposed, .b = p_b / b->n[ARM_BASELINE]};

    s.under = s.a > s.b;
    if (s.under && theta == ROBUST_BY_PODS)
        s.theta = p_c / (p_c + p_b);
    else
        s.theta = exposed / (exposed + b->n[ARM_BASELINE]);
    return s;
}

static void
pooled_factors(const struct robust_block *b, const struct stand *s, bool by_pods,
               double out[ROBUST_BETS])
{
    double c = b->x[ARM_CANARY], all;

    if (s->under && by_pods) {
        c *= s->a;
        all = c + b->x[ARM_BASELINE] * s->b;
    } else {
        all = c + b->x[ARM_BASELINE];
    }
    for (int k = 0; k < ROBUST_BETS; k++)
        out[k] = 1 + bets[k].f * (c / all / s->theta - 1);
}

/* The product over the canary's pods.  64 factors of at least .05 and at most
 * 1/t_k, whose product is at most (rho-weighted) C(128, 64): no overflow. */
static void
pod_factors(const struct robust_block *b, const struct stand *s, double rho,
            double out[ROBUST_BETS])
{
    double per_pod = rho * b->n[ARM_CANARY] / (double)b->pods[ARM_CANARY];
    double exposed = s->under ? (double)b->pods[ARM_BASELINE] : b->n[ARM_BASELINE];
    double step = s->under ? 1 : per_pod;
    double z = s->under ? s->a : 1;
    double all = b->x[ARM_BASELINE] * (s->under ? s->b : 1);

    for (int k = 0; k < ROBUST_BETS; k++)
        out[k] = 1;
    for (uint32_t u = 0; u < b->pods[ARM_CANARY]; u++) {
        double part = b->x_of[u] * z, excess;

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
    struct stand          s;

    if (!(b->n[ARM_CANARY] > 0) || !(b->n[ARM_BASELINE] > 0) ||
        !(b->x[ARM_CANARY] + b->x[ARM_BASELINE] > 0))
        return f;
    s = stand_of(b, rho, theta);
    pooled_factors(b, &s, theta == ROBUST_BY_PODS, f.pooled);
    if (b->pods[ARM_CANARY] <= 1)
        memcpy(f.pods, f.pooled, sizeof f.pods);
    else if (theta == ROBUST_BY_PODS || !s.under)
        pod_factors(b, &s, rho, f.pods);
    return f;
}

static double
bounded(double v)
{
    return v > most ? most : v < least ? 0 : v;
}

void
robust_settle(struct robust *r, double feed, const struct robust_factors *f)
{
    double fed = feed * r->cash;

    r->cash = bounded(r->cash - fed);
    for (int k = 0; k < ROBUST_BETS; k++) {
        double more = fed * bets[k].prior;

        r->pooled[k] = bounded((r->pooled[k] + more) * f->pooled[k]);
        r->pods[k] = bounded((r->pods[k] + more) * f->pods[k]);
    }
}

double
robust_log_e(const struct robust *r)
{
    double half = 0;

    for (int k = 0; k < ROBUST_BETS; k++)
        half += .5 * r->pooled[k] + .5 * r->pods[k];
    return log(r->cash + half);
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

static double
get_capital(struct unpack *in)
{
    double v = pack_get_double(in);

    if (!(v >= 0 && v <= most))
        in->bad = true;
    return v;
}

void
robust_unpack(struct robust *r, struct unpack *in)
{
    r->cash = get_capital(in);
    for (int k = 0; k < ROBUST_BETS; k++) {
        r->pooled[k] = get_capital(in);
        r->pods[k] = get_capital(in);
    }
}
