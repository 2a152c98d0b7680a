#include "analyzer/noninferior.h"

#include "analyzer/logsum.h"

#include <math.h>

struct gm_plan
noninferior_plan(double rho, double delta)
{
    static const double times_rho[] = {5. / 6, 2. / 3, 1. / 2, 1. / 3, 1. / 5, 1. / 10};
    struct gm_plan      p = {.rho = rho, .delta = delta};

    p.split.n = ARRAY_LEN(times_rho);
    for (uint32_t k = 0; k < ARRAY_LEN(times_rho); k++) {
        p.ratio[k] = times_rho[k] * rho;
        p.split.prior[k] = 1. / ARRAY_LEN(times_rho);
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
noninferior_apply(struct noninferior *s, const struct pair *p, bool judged)
{
    /* No cash, so the length of the interval does not matter. */
    if (judged)
        gm_apply(&s->reverse, p, 0, 1);
    dispersion_apply(&s->dispersion, p->n[ARM_BASELINE], p->x[ARM_BASELINE]);
}

/* S(r): the stake less the prior that it started from. */
static double
sum_of(const struct noninferior *s, uint32_t k)
{
    return s->reverse.capital.log_stake[k] - s->log_prior;
}

double
noninferior_log_e(const struct noninferior *s)
{
    const struct mixture_split *split = &s->reverse.plan.split;
    double                      d = dispersion_lasting(&s->dispersion);
    double                      tempered[MIXTURE_MAX_BETS];

    for (uint32_t k = 0; k < split->n; k++) {
        double sum = sum_of(s, k);

        tempered[k] = s->log_prior + (sum > 0 ? sum / d : sum);
    }
    return logsum_all(tempered, split->n);
}

double
noninferior_need(const struct noninferior *s, const struct pair *seen, double target)
{
    const struct gm_plan *plan = &s->reverse.plan;
    double                d = dispersion_lasting(&s->dispersion), least = NAN;

    if (noninferior_log_e(s) >= target)
        return 0;
    for (uint32_t k = 0; k < plan->split.n; k++)
        least = mixture_sooner(least, (target - s->log_prior) * d - sum_of(s, k),
                               gm_growth(plan, k, seen));
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
