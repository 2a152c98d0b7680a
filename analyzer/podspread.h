/* podspread.h - how a bad minute of one pod, or luck of one, shows among the baseline's.
 *
 * For the pass side (noninferior.h): a sick pod of the baseline must not make a
 * bad canary look good, nor a canary's pod that is luckier than others a good
 * version.
 *
 * excess.  What single pods have beyond the others and beyond chance: of a pod
 * with n requests and x bad ones, where the others' rate lets expect mu, what
 * exceeds mu + 4 sqrt(D mu) + 3 D, D as dispersion.h knows it; three rounds, for
 * one sick pod hides another.
 *
 * ratio.  How much more the other pods vary from one to another than by
 * chance.  With n_u, x_u of P pods, N, m their sums and q_u = n_u / N:
 * given m, independent requests fall on the pods by q, so
 *     R = sum (x_u - m q_u)^2 / (m sum q_u (1 - q_u))
 * has mean 1.  Clusters of sizes s, each on one pod, for however many intervals
 * it lasts, give sum s^2 / sum s, the D that makes tempering valid (gm.h), which
 * dispersion.h does not see where neighbouring intervals are alike; and rates
 * with a coefficient of variation c between pods give 1 + m c^2 / P, the factor
 * that quasi-likelihood puts on the variance.
 *
 * deviation.  What of it is chance where D is as dispersion.h knows it: R has mean
 * D then and a standard deviation of D sqrt(2 / (P - 1)). */
#ifndef ANALYZER_PODSPREAD_H
#define ANALYZER_PODSPREAD_H

#include "analyzer/podblock.h"

/* Of one question. */
struct podspread {
    double ratio, deviation, excess; /* ratio 0: fewer than two pods, or none bad */
};

/* D of both: at least what dispersion.h knows, at most 50 by pods. */
double podspread_dispersion(const struct podspread *s, double known);

/* Of the whole block, for each question; known: its D. */
void podspread_of(const struct podblock *b, const double known[FAMILY_QUESTIONS],
                  struct podspread out[FAMILY_QUESTIONS]);

#endif
