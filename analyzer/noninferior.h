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
 * Where the baseline's pods are known, D is at least their dispersion, and what
 * single ones have in excess is taken out of the baseline: S(r) less excess times
 * log beta, with beta of all intervals together.  Either only lowers E, so it
 * costs no validity.  Without it one pod's bad minute on the baseline's side
 * passes 9 % of canaries with latency +50 % at 1,000 requests/s, and luck of the
 * canary's own pod 7 % with twice the faults where rates of pods vary by 30 %;
 * with it 0 and 2 % (tests/bench/canarybench).
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
#include "analyzer/podspread.h"

struct noninferior {
    struct gm         reverse;   /* not tempered */
    double            log_prior; /* of each ratio */
    struct dispersion dispersion;
};

/* Ratios rho times 5/6, 2/3, 1/2, 1/3, 1/5, 1/10 with equal priors. */
struct gm_plan noninferior_plan(double rho, double delta);

void noninferior_init(struct noninferior *s, double rho, double delta);

/* p must be valid.  judged false: only the baseline's variation is learnt.  odds:
 * brought up to date where judged; several questions about the same requests
 * share them. */
void noninferior_apply(struct noninferior *s, const struct pair *p, bool judged,
                       struct gm_odds *odds);

/* seen: what was applied, together.  by_pods: of the baseline's pods meanwhile. */
double noninferior_log_e(const struct noninferior *s, const struct pair *seen,
                         const struct podspread *by_pods, struct gm_odds *odds);

/* As gm_need(), if all goes on as in seen; log_e: what it says now. */
double noninferior_need(const struct noninferior *s, const struct pair *seen,
                        const struct podspread *by_pods, double log_e, double target,
                        struct gm_odds *odds);

void noninferior_pack(const struct noninferior *s, struct text *out);
void noninferior_unpack(struct noninferior *s, struct unpack *in);

#endif
