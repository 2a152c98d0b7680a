/* noninferior.h - the pass side: evidence that the canary is good enough.
 *
 * The e-process of gm.h turned round.  Null hypothesis: in every interval
 * p_c,i >= rho p_b,i + delta; ratios r < rho make kappa < 1 < beta, and exp(l)
 * is an e-value by the same proof.  Evidence of 1/beta therefore means "shown
 * to be better than the pass margin", and a canary at the margin or worse ever
 * reaches it with a probability of at most beta.
 *
 * Tempered by the baseline's dispersion D: untempered, bursts of mean size 5
 * give 52 to 73 % false passes.  With S(r) the sum of l(r),
 *     E = sum over r of prior(r) exp(S(r) > 0 ? S(r) / D : S(r)),
 * D as known when one looks.  Whatever D >= D0 was then, E is at most the
 * process whose increments were all tempered by D0; so the promise holds for
 * independent requests (D0 = 1 <= D) exactly, and for clusters of at most D0
 * as soon as D has found them.  Tempering each increment with the D of its own
 * time instead lets the first intervals, when D has seen nothing yet, decide:
 * 30 % false passes in bursts of mean size 5, against 5 % this way after a
 * minute of warm-up (tests/unit/analyzer/test_judgement.c).
 *
 * No cash: a late regression must be able to undo what was shown, so the
 * present value counts, never the highest one.
 *
 * The pass margin must be looser than the abort margin.  For a canary between
 * the two both can be shown, first the one, then the other; abort wins.
 * Source: non-inferiority as a reversed e-process, gm.h. */
#ifndef ANALYZER_NONINFERIOR_H
#define ANALYZER_NONINFERIOR_H

#include "analyzer/dispersion.h"
#include "analyzer/gm.h"

struct noninferior {
    struct gm         reverse;   /* not tempered */
    double            log_prior; /* of each ratio */
    struct dispersion dispersion;
};

/* Ratios rho times 5/6, 2/3, 1/2, 1/3, 1/5, 1/10 with equal priors. */
struct gm_plan noninferior_plan(double rho, double delta);

void noninferior_init(struct noninferior *s, double rho, double delta);

/* p must be valid.  judged false: only the baseline's variation is learnt. */
void noninferior_apply(struct noninferior *s, const struct pair *p, bool judged);

double noninferior_log_e(const struct noninferior *s);

/* As gm_need(). */
double noninferior_need(const struct noninferior *s, const struct pair *seen, double target);

void noninferior_pack(const struct noninferior *s, struct text *out);
void noninferior_unpack(struct noninferior *s, struct unpack *in);

#endif
