#include "analyzer/gm.h"

#include <math.h>

static const struct {
    double times_rho, prior, log_times;
} worse[GM_RATIOS] = {
    {1.2, 0.03, 0.1823215567939546}, {1.5, 0.06, 0.4054651081081644}, {2, 0.13, 0.6931471805599453},
    {3, 0.19, 1.0986122886681098},   {4.5, 0.19, 1.5040773967762742}, {7, 0.15, 1.9459101490553132},
    {12, 0.1, 2.4849066497880004},   {24, 0.07, 3.1780538303479458},  {60, 0.05, 4.0943445622221},
    {200, 0.03, 5.298317366548036},
};
static const double worse_cash = .3, worse_feed = .01;

struct gm_plan
gm_plan_worse(double rho, double delta)
{
    struct gm_plan p = {.rho = rho, .delta = delta};

    p.split = (struct mixture_split){.n = GM_RATIOS, .cash = worse_cash, .feed = worse_feed};
    for (int k = 0; k < GM_RATIOS; k++) {
        p.ratio[k] = worse[k].times_rho * rho;
        p.log_times[k] = worse[k].log_times;
        p.split.prior[k] = worse[k].prior;
    }
    return p;
}

/* log(1 + x) for x > -1 to a few units in the last place, in a third of the time
 * of log1p(): 1 + x as rounded to u, and what the rounding lost. */
static double
log_of_1_and(double x)
{
    double u = 1 + x;

    return log(u) + (x - (u - 1)) / u;
}

/* What of l(r) depends on the arms' requests alone; all 0 where an arm has none. */
struct ratio_odds {
    double kappa_less_1, log_kappa, log_beta;
};

/* log_times: log(r / rho), which is log kappa - log beta. */
static struct ratio_odds
odds_of(double n_c, double n_b, double rho, double r, double log_times)
{
    struct ratio_odds o = {0};
    double            tilt;

    if (!(n_c > 0) || !(n_b > 0))
        return o;
    /* kappa - 1 = n_b tilt / rho and beta - 1 = -n_c tilt: written this way
     * neither loses digits, however small the tilt and however many requests
     * it is multiplied with.  The other logarithm is far from 0, at least an
     * eighth of log_times: a difference is good enough for it. */
    tilt = (r - rho) / (n_b + r * n_c);
    o.kappa_less_1 = n_b * tilt / rho;
    if (rho * n_c < n_b) {
        o.log_beta = log_of_1_and(-n_c * tilt);
        o.log_kappa = log_times + o.log_beta;
    } else {
        o.log_kappa = log_of_1_and(o.kappa_less_1);
        o.log_beta = o.log_kappa - log_times;
    }
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
    return increment(n_c, x_c, x_b, delta, odds_of(n_c, n_b, rho, r, log(r / rho)));
}

/* l of the ratio k. */
static double
increment_of(const struct gm_odds *o, uint32_t k, double delta, const struct pair *p)
{
    struct ratio_odds one = {o->kappa_less_1[k], o->log_kappa[k], o->log_beta[k]};

    return increment((double)p->n[ARM_CANARY], (double)p->x[ARM_CANARY], (double)p->x[ARM_BASELINE],
                     delta, one);
}

void
gm_odds(const struct gm_plan *plan, double n_c, double n_b, struct gm_odds *o)
{
    o->rho = plan->rho;
    o->n[ARM_CANARY] = n_c;
    o->n[ARM_BASELINE] = n_b;
    for (uint32_t k = 0; k < plan->split.n; k++) {
        struct ratio_odds one = odds_of(n_c, n_b, plan->rho, plan->ratio[k], plan->log_times[k]);

        o->log_kappa[k] = one.log_kappa;
        o->log_beta[k] = one.log_beta;
        o->kappa_less_1[k] = one.kappa_less_1;
    }
}

bool
gm_odds_are(const struct gm_odds *o, double rho, const struct pair *p)
{
    return o->rho == rho && o->n[ARM_CANARY] == (double)p->n[ARM_CANARY] &&
           o->n[ARM_BASELINE] == (double)p->n[ARM_BASELINE];
}

void
gm_odds_of(const struct gm_plan *plan, const struct pair *p, struct gm_odds *o)
{
    if (!gm_odds_are(o, plan->rho, p))
        gm_odds(plan, (double)p->n[ARM_CANARY], (double)p->n[ARM_BASELINE], o);
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
    struct gm_odds o;

    mixture_feed(&g->capital, &g->plan.split, length_ms);
    gm_odds(&g->plan, (double)p->n[ARM_CANARY], (double)p->n[ARM_BASELINE], &o);
    for (uint32_t k = 0; k < g->plan.split.n; k++)
        g->capital.log_stake[k] += increment_of(&o, k, g->plan.delta, p) / dispersion;
}

void
gm_apply_odds(struct gm *g, const struct pair *p, struct gm_odds *o)
{
    gm_odds_of(&g->plan, p, o);
    for (uint32_t k = 0; k < g->plan.split.n; k++)
        g->capital.log_stake[k] += increment_of(o, k, g->plan.delta, p);
}

double
gm_log_e(const struct gm *g)
{
    return mixture_log_e(&g->capital, &g->plan.split);
}

double
gm_growth(const struct gm_plan *plan, uint32_t k, const struct pair *seen, const struct gm_odds *o)
{
    if (!seen->n[ARM_CANARY])
        return NAN;
    return increment_of(o, k, plan->delta, seen) / (double)seen->n[ARM_CANARY];
}

double
gm_need(const struct gm *g, const struct pair *seen, double target)
{
    double         least = NAN;
    struct gm_odds o = {0};

    if (gm_log_e(g) >= target)
        return 0;
    gm_odds_of(&g->plan, seen, &o);
    for (uint32_t k = 0; k < g->plan.split.n; k++)
        least = mixture_sooner(least, target - g->capital.log_stake[k],
                               gm_growth(&g->plan, k, seen, &o));
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
gm_purse_init(struct gm_purse *g)
{
    g->cash = worse_cash;
    for (int k = 0; k < GM_RATIOS; k++)
        g->stake[k] = (1 - worse_cash) * worse[k].prior;
}

double
gm_purse_fed(int64_t length_ms)
{
    return mixture_fed(worse_feed, length_ms);
}

void
gm_purse_settle(struct gm_purse *g, double delta, double fed, const struct gm_odds *o,
                const struct pair *p)
{
    /* Beyond these exp() is slow, and the stake at its end anyway. */
    static const double most = 700;
    double              more = fed * g->cash;

    g->cash = mixture_plain(g->cash - more);
    for (uint32_t k = 0; k < GM_RATIOS; k++) {
        double l = increment_of(o, k, delta, p), stake = g->stake[k] + more * worse[k].prior;

        g->stake[k] = mixture_plain(l < -most ? 0 : stake * exp(l < most ? l : most));
    }
}

double
gm_purse_e(const struct gm_purse *g)
{
    double sum = g->cash;

    for (int k = 0; k < GM_RATIOS; k++)
        sum += g->stake[k];
    return sum;
}

double
gm_purse_log_e(const struct gm_purse *g)
{
    return log(gm_purse_e(g));
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
