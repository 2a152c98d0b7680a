#include "analyzer/gm.h"

#include <math.h>

struct gm_plan
gm_plan_worse(double rho, double delta)
{
    static const struct {
        double times_rho, prior;
    } grid[] = {
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

double
gm_log_increment(double n_c, double n_b, double x_c, double x_b, double rho, double delta, double r)
{
    double tilt, kappa_less_1;

    if (!(n_c > 0) || !(n_b > 0))
        return 0;
    /* kappa - 1 = n_b tilt / rho and beta - 1 = -n_c tilt: written this way
     * neither loses digits, however small the tilt and however many requests
     * it is multiplied with. */
    tilt = (r - rho) / (n_b + r * n_c);
    kappa_less_1 = n_b * tilt / rho;
    return x_c * log1p(kappa_less_1) + x_b * log1p(-n_c * tilt) - n_c * delta * kappa_less_1;
}

static double
increment_of(const struct gm_plan *plan, uint32_t k, const struct pair *p)
{
    return gm_log_increment((double)p->n[ARM_CANARY], (double)p->n[ARM_BASELINE],
                            (double)p->x[ARM_CANARY], (double)p->x[ARM_BASELINE], plan->rho,
                            plan->delta, plan->ratio[k]);
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
