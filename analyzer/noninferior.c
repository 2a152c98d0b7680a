#include "analyzer/noninferior.h"

#include "analyzer/logsum.h"

#include <math.h>

struct gm_plan
noninferior_plan(double rho, double delta)
{
    static const struct {
        double times_rho, log_times;
    } grid[] = {{5. / 6, -0.1823215567939546}, {2. / 3, -0.40546510810816444},
                {1. / 2, -0.6931471805599453}, {1. / 3, -1.0986122886681098},
                {1. / 5, -1.6094379124341003}, {1. / 10, -2.3025850929940455}};
    struct gm_plan p = {.rho = rho, .delta = delta};

    p.split.n = ARRAY_LEN(grid);
    for (uint32_t k = 0; k < ARRAY_LEN(grid); k++) {
        p.ratio[k] = grid[k].times_rho * rho;
        p.log_times[k] = grid[k].log_times;
        p.split.prior[k] = 1. / ARRAY_LEN(grid);
    }
    return p;
}

void
noninferior_init(struct noninferior *s, double rho, double delta)
{
    struct gm_plan plan = noninferior_plan(rho, delta);

    *s = (struct noninferior){0};
    gm_init(&s->reverse, &plan);
    s->log_prior = log(plan.split.prior[0]);
}

void
noninferior_apply(struct noninferior *s, const struct pair *p, bool judged, struct gm_odds *odds)
{
    /* No cash, so the length of the interval does not matter. */
    if (judged)
        gm_apply_odds(&s->reverse, p, odds);
    dispersion_apply(&s->dispersion, p->n[ARM_BASELINE], p->x[ARM_BASELINE]);
}

/* S(r): the stake less the prior that it started from, and less what single pods
 * of the baseline have given to it. */
static double
sum_of(const struct noninferior *s, uint32_t k, double excess, const struct gm_odds *odds)
{
    double sum = s->reverse.capital.log_stake[k] - s->log_prior;

    return excess > 0 ? sum - excess * odds->log_beta[k] : sum;
}

static double
dispersion_now(const struct noninferior *s, const struct podspread *by_pods)
{
    return podspread_dispersion(by_pods, dispersion_lasting(&s->dispersion));
}

double
noninferior_log_e(const struct noninferior *s, const struct pair *seen,
                  const struct podspread *by_pods, struct gm_odds *odds)
{
    const struct gm_plan *plan = &s->reverse.plan;
    double                d = dispersion_now(s, by_pods), tempered[MIXTURE_MAX_BETS];

    if (by_pods->excess > 0)
        gm_odds_of(plan, seen, odds);
    for (uint32_t k = 0; k < plan->split.n; k++) {
        double sum = sum_of(s, k, by_pods->excess, odds);

        tempered[k] = s->log_prior + (sum > 0 ? sum / d : sum);
    }
    return logsum_all(tempered, plan->split.n);
}

/* Without the bad requests that only single pods of the baseline had. */
static struct pair
without(const struct pair *seen, double excess)
{
    struct pair rest = *seen;
    double      left = (double)seen->x[ARM_BASELINE] - excess;

    rest.x[ARM_BASELINE] = left > 0 ? (uint64_t)left : 0;
    return rest;
}

double
noninferior_need(const struct noninferior *s, const struct pair *seen,
                 const struct podspread *by_pods, double log_e, double target, struct gm_odds *odds)
{
    const struct gm_plan *plan = &s->reverse.plan;
    const struct pair     rest = without(seen, by_pods->excess);
    double                d = dispersion_now(s, by_pods), least = NAN;

    if (log_e >= target)
        return 0;
    gm_odds_of(plan, seen, odds);
    for (uint32_t k = 0; k < plan->split.n; k++)
        least =
            mixture_sooner(least, (target - s->log_prior) * d - sum_of(s, k, by_pods->excess, odds),
                           gm_growth(plan, k, &rest, odds));
    return least;
}

void
noninferior_pack(const struct noninferior *s, struct text *out)
{
    gm_pack(&s->reverse, out);
    dispersion_pack(&s->dispersion, out);
}

void
noninferior_unpack(struct noninferior *s, struct unpack *in)
{
    gm_unpack(&s->reverse, in);
    dispersion_unpack(&s->dispersion, in);
}
