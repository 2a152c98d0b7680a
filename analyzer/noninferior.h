/* noninferior.h - the pass side: evidence that the canary is good enough.
 *
 * The e-process of gm.h turned round.  Null hypothesis: in every interval
 * p_c,i >= rho p_b,i + delta; ratios r < rho make kappa < 1 < beta, and
 * exp(l / D) is an e-value by the same proof.  Evidence of 1/beta therefore
 * means "shown to be better than the pass margin", and a canary at the margin
 * or worse ever reaches it with a probability of at most beta.
 *
 * Tempered by the dispersion D of the baseline, as known before each interval:
 * untempered, bursts of mean size 5 give 52 to 73 % false passes.  Valid while
 * the canary's bad requests come in clusters of at most D.
 *
 * No cash: a late regression must be able to undo what was shown, so the
 * present value counts, never the highest one.
 *
 * The pass margin must be looser than the fail margin; what lies between is
 * neither bad enough to abort nor good enough to pass.
 * Source: non-inferiority as a reversed e-process, gm.h. */
#ifndef ANALYZER_NONINFERIOR_H
#define ANALYZER_NONINFERIOR_H

#include "analyzer/dispersion.h"
#include "analyzer/gm.h"

struct noninferior {
    struct gm         reverse;
    struct dispersion dispersion;
};

/* Ratios rho times 5/6, 2/3, 1/2, 1/3, 1/5, 1/10 with equal priors. */
struct gm_plan noninferior_plan(double rho, double delta);

void noninferior_init(struct noninferior *s, double rho, double delta);

/* The baseline's own variation, also of intervals that are not judged. */
void noninferior_watch(struct noninferior *s, const struct pair *p);

/* A judged interval.  p must be valid.  Call it before noninferior_watch() of
 * the same interval: D must not have seen what it tempers. */
void noninferior_apply(struct noninferior *s, const struct pair *p, int64_t length_ms);

double noninferior_log_e(const struct noninferior *s);

/* As gm_need(). */
double noninferior_need(const struct noninferior *s, const struct pair *seen, double target);

void noninferior_pack(const struct noninferior *s, struct text *out);
void noninferior_unpack(struct noninferior *s, struct unpack *in);

#endif
