/* gm.h - grid-mixture conditional e-process: is the canary's rate of bad
 * requests beyond a margin over the baseline's?
 *
 * Null hypothesis, composite, free to vary with time: in every interval i
 *     p_c,i <= rho p_b,i + delta          (grid ratios r > rho: evidence "worse")
 *     p_c,i >= rho p_b,i + delta          (grid ratios r < rho: evidence "good enough")
 * with the baseline's rate p_b,i unknown.  For one ratio r,
 *     beta  = (n_b + rho n_c) / (n_b + r n_c)      kappa = (r / rho) beta
 *     l(r)  = x_c log kappa + x_b log beta - n_c delta (kappa - 1)
 * and exp(l(r)) is an exact e-value, finite sample, if the requests of an
 * interval fail independently of each other (any probabilities of their own):
 *     E kappa^x_c <= exp(n_c p_c (kappa-1)),  E beta^x_b <= exp(-n_b p_b (1-beta)),
 *     n_b (1-beta) = rho n_c (kappa-1),
 * so E exp(l) <= exp(n_c (kappa-1) (p_c - rho p_b - delta)) <= 1; the same for
 * Poisson counts, with equality.  Not valid against bursts inside an interval:
 * that is what ib.h beside it is for.  The baseline's level cancels, so drift,
 * incidents that hit both versions and changes of weight between intervals
 * cost nothing.
 *
 * Tempering: exp(l / D) is an e-value if bad requests come in independent
 * clusters of at most D on one arm (Bernoulli's inequality: kappa^(s/D) <=
 * 1 + (s/D) (kappa-1)).
 *
 * Sources: Lindon and Malek, NeurIPS 2022 (arXiv 2011.03567), for delta = 0,
 * the likelihood ratio of x_c given x_c + x_b; the margin by the proof above.
 * Mixture and cash: mixture.h. */
#ifndef ANALYZER_GM_H
#define ANALYZER_GM_H

#include "analyzer/mixture.h"
#include "analyzer/pair.h"

enum { GM_RATIOS = 10 }; /* of gm_plan_worse() */

struct gm_plan {
    double               rho, delta;                  /* rho > 0, delta >= 0 */
    double               ratio[MIXTURE_MAX_BETS];     /* r, all on one side of rho */
    double               log_times[MIXTURE_MAX_BETS]; /* log(r / rho) */
    struct mixture_split split;                       /* one bet per ratio */
};

struct gm {
    struct gm_plan plan;
    struct mixture capital;
};

/* Ten ratios from 1.2 rho to 200 rho, most capital where regressions are seen
 * (1.5 to 7 fold), 0.3 kept as cash, 1 % of it fed in per 5 s. */
struct gm_plan gm_plan_worse(double rho, double delta);

/* l(r).  Counts need not be whole: with n_c = 1 it is the growth per canary
 * request.  0 when either arm has no requests. */
double gm_log_increment(double n_c, double n_b, double x_c, double x_b, double rho, double delta,
                        double r);

/* l(r) of each ratio of a plan, split so that what depends on the arms'
 * requests alone is computed once for several questions about them. */
struct gm_odds {
    double rho, n[ARM_COUNT]; /* of what these are; rho 0: of nothing yet */
    double log_kappa[MIXTURE_MAX_BETS], log_beta[MIXTURE_MAX_BETS];
    double kappa_less_1[MIXTURE_MAX_BETS];
};
void gm_odds(const struct gm_plan *plan, double n_c, double n_b, struct gm_odds *o);

/* Whether *o, of a plan of the same maker, is that of this margin and these requests. */
bool gm_odds_are(const struct gm_odds *o, double rho, const struct pair *p);

/* The same capital in plain numbers (mixture_plain()), for where many are kept:
 * one exponential for each stake and interval in place of four. */
struct gm_purse {
    double cash, stake[GM_RATIOS];
};

/* The capital of gm_plan_worse(), whatever its margins. */
void gm_purse_init(struct gm_purse *g);

/* The share of its cash that is fed in over this time. */
double gm_purse_fed(int64_t length_ms);

/* Feed that share, then multiply each stake by exp(l). */
void gm_purse_settle(struct gm_purse *g, double delta, double fed, const struct gm_odds *o,
                     const struct pair *p);

double gm_purse_e(const struct gm_purse *g); /* at most 1.1e301 */
double gm_purse_log_e(const struct gm_purse *g);

/* The same in logarithms. */
struct mixture gm_purse_mixture(const struct gm_purse *g);

void gm_purse_pack(const struct gm_purse *g, struct text *out);
void gm_purse_unpack(struct gm_purse *g, struct unpack *in);

void gm_init(struct gm *g, const struct gm_plan *plan);

/* p must be valid (pair.h); dispersion (D, 1: not tempered) must not depend on
 * this interval. */
void gm_apply(struct gm *g, const struct pair *p, int64_t length_ms, double dispersion);

/* The same for a plan without cash, untempered; *o is brought up to date. */
void gm_apply_odds(struct gm *g, const struct pair *p, struct gm_odds *o);

double gm_log_e(const struct gm *g);

/* l of the ratio k per canary request at the rates and the split of seen, whose
 * odds these are; NaN without canary requests. */
double gm_growth(const struct gm_plan *plan, uint32_t k, const struct pair *seen,
                 const struct gm_odds *o);

/* Brings *o up to date for these requests. */
void gm_odds_of(const struct gm_plan *plan, const struct pair *p, struct gm_odds *o);

/* Canary requests still missing until log E reaches target, if all goes on as
 * in seen; 0: reached, NaN: never at these rates. */
double gm_need(const struct gm *g, const struct pair *seen, double target);

/* The capital; the plan comes from gm_init() with the same policy. */
void gm_pack(const struct gm *g, struct text *out);
void gm_unpack(struct gm *g, struct unpack *in);

#endif
