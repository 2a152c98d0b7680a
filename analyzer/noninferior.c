#include "analyzer/noninferior.h"

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
}

void
noninferior_watch(struct noninferior *s, const struct pair *p)
{
    dispersion_apply(&s->dispersion, p->n[ARM_BASELINE], p->x[ARM_BASELINE]);
}

void
noninferior_apply(struct noninferior *s, const struct pair *p, int64_t length_ms)
{
    gm_apply(&s->reverse, p, length_ms, dispersion_of(&s->dispersion));
}

double
noninferior_log_e(const struct noninferior *s)
{
    return gm_log_e(&s->reverse);
}

double
noninferior_need(const struct noninferior *s, const struct pair *seen, double target)
{
    return gm_need(&s->reverse, seen, dispersion_of(&s->dispersion), target);
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
