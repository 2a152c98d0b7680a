#include "analyzer/gm.h"

#include <math.h>

struct gm_plan
gm_plan_worse(double rho, double delta)
{
    static const struct {
        double times_rho, prior;
    } grid[GM_RATIOS] = {
        {1.2, .03}, {1.5, .06}, {2, .13},  {3, .19},  {4.5, .19},
        {7, .15},   {12, .10},  {24, .07}, {60, .05}, {200, .03},
    };
    struct gm_plan p = {.rho = rho, .delta = delta};

    p.split = (struct mixture_split){.n = ARRAY_LEN(grid), .cash = .3, .feed = .01};
    for (uint32_t k = 0; k < ARRAY_LEN(grid); k++) {
        p.ratio[k] = grid[k].times_rho * rho;
        p.split.prior[k] = grid[k].prior;
    }
    return p;
}

/* What of l(r) depends on the arms' requests alone; all 0 where an arm has none. */
struct ratio_odds {
    double log_kappa, log_beta, kappa_less_1;
};

static struct ratio_odds
odds_of(double n_c, double n_b, double rho, double r)
{
    struct ratio_odds o = {0};
    double            tilt;

    if (!(n_c > 0) || !(n_b > 0))
        return o;
    /* kappa - 1 = n_b tilt / rho and beta - 1 = -n_c tilt: written this way
     * neither loses digits, however small the tilt and however many requests
     * it is multiplied with. */
    tilt = (r - rho) / (n_b + r * n_c);
    o.kappa_less_1 = n_b * tilt / rho;
    o.log_kappa = log1p(o.kappa_less_1);
    o.log_beta = log1p(-n_c * tilt);
    return o;
}

static double
increment(double n_c, double x_c, double x_b, double delta, struct ratio_odds o)
{
    return x_c * o.log_kappa + x_b * o.log_beta - n_c * delta * o.kappa_less_1;
}

double
gm_log_increment(double n_c, double n_b, double x_c, double x_b, double rho, double delta, double r)
{
    return increment(n_c, x_c, x_b, delta, odds_of(n_c, n_b, rho, r));
}

static double
increment_of(const struct gm_plan *plan, uint32_t k, const struct pair *p)
{
    return gm_log_increment((double)p->n[ARM_CANARY], (double)p->n[ARM_BASELINE],
                            (double)p->x[ARM_CANARY], (double)p->x[ARM_BASELINE], plan->rho,
                            plan->delta, plan->ratio[k]);
}

void
gm_odds(const struct gm_plan *plan, double n_c, double n_b, struct gm_odds *o)
{
    for (uint32_t k = 0; k < plan->split.n; k++) {
        struct ratio_odds one = odds_of(n_c, n_b, plan->rho, plan->ratio[k]);

        o->log_kappa[k] = one.log_kappa;
        o->log_beta[k] = one.log_beta;
        o->kappa_less_1[k] = one.kappa_less_1;
    }
}

void
gm_init(struct gm *g, const struct gm_plan *plan)
{
    g->plan = *plan;
    mixture_init(&g->capital, &plan->split);
}

void
gm_apply(struct gm *g, const struct pair *p, int64_t length_ms, double dispersion)
{
    mixture_feed(&g->capital, &g->plan.split, length_ms);
    for (uint32_t k = 0; k < g->plan.split.n; k++)
        g->capital.log_stake[k] += increment_of(&g->plan, k, p) / dispersion;
}

double
gm_log_e(const struct gm *g)
{
    return mixture_log_e(&g->capital, &g->plan.split);
}

double
gm_growth(const struct gm_plan *plan, uint32_t k, const struct pair *seen)
{
    if (!seen->n[ARM_CANARY])
        return NAN;
    return increment_of(plan, k, seen) / (double)seen->n[ARM_CANARY];
}

double
gm_need(const struct gm *g, const struct pair *seen, double target)
{
    double least = NAN;

    if (gm_log_e(g) >= target)
        return 0;
    for (uint32_t k = 0; k < g->plan.split.n; k++)
        least =
            mixture_sooner(least, target - g->capital.log_stake[k], gm_growth(&g->plan, k, seen));
    return least;
}

void
gm_pack(const struct gm *g, struct text *out)
{
    mixture_pack(&g->capital, &g->plan.split, out);
}

void
gm_unpack(struct gm *g, struct unpack *in)
{
    mixture_unpack(&g->capital, &g->plan.split, in);
}

void
gm_purse_init(struct gm_purse *g, const struct gm_plan *plan)
{
    g->cash = plan->split.cash;
    for (int k = 0; k < GM_RATIOS; k++)
        g->stake[k] = (1 - plan->split.cash) * plan->split.prior[k];
}

void
gm_purse_settle(struct gm_purse *g, const struct gm_plan *plan, double fed, const struct gm_odds *o,
                const struct pair *p)
{
    /* Beyond these exp() is slow, and the stake at its end anyway. */
    static const double most = 700;
    double              more = fed * g->cash;

    g->cash = mixture_plain(g->cash - more);
    for (int k = 0; k < GM_RATIOS; k++) {
        struct ratio_odds one = {o->log_kappa[k], o->log_beta[k], o->kappa_less_1[k]};
        double            l = increment((double)p->n[ARM_CANARY], (double)p->x[ARM_CANARY],
                                        (double)p->x[ARM_BASELINE], plan->delta, one);
        double            stake = g->stake[k] + more * plan->split.prior[k];

        g->stake[k] = mixture_plain(l < -most ? 0 : stake * exp(fmin(l, most)));
    }
}

double
gm_purse_log_e(const struct gm_purse *g)
{
    double sum = g->cash;

    for (int k = 0; k < GM_RATIOS; k++)
        sum += g->stake[k];
    return log(sum);
}

struct mixture
gm_purse_mixture(const struct gm_purse *g)
{
    struct mixture m = {.log_cash = log(g->cash)};

    for (int k = 0; k < GM_RATIOS; k++)
        m.log_stake[k] = log(g->stake[k]);
    return m;
}

void
gm_purse_pack(const struct gm_purse *g, struct text *out)
{
    pack_double(out, g->cash);
    for (int k = 0; k < GM_RATIOS; k++)
        pack_double(out, g->stake[k]);
}

void
gm_purse_unpack(struct gm_purse *g, struct unpack *in)
{
    g->cash = mixture_get_plain(in);
    for (int k = 0; k < GM_RATIOS; k++)
        g->stake[k] = mixture_get_plain(in);
}
