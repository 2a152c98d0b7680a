/* betafn.h - the beta-binomial law without loss of digits.
 *
 * Differences of log-gammas of large counts lose what they are wanted for: at
 * n = 1e8 a hundred-millionth.  Here Stirling's leading terms are taken together
 * by hand, and what is left of each log-gamma is small. */
#ifndef ANALYZER_BETAFN_H
#define ANALYZER_BETAFN_H

/* log gamma(z) less (z - 1/2) log z - z + log(2 pi) / 2; z > 0. */
double betafn_stirling_rest(double z);

/* log of Beta(a + x, b + n - x) / Beta(a, b) / (p^x (1-p)^(n-x)): the evidence
 * of x successes of n against "the chance is p", with a Beta(a, b) prior over
 * chances.  Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon, Annals of
 * Statistics 2021.  a, b > 0; 0 <= x <= n; 0 < p < 1. */
double betafn_evidence(double x, double n, double p, double a, double b);

/* The same with the prior cut off at p: evidence for "more than p" only. */
double betafn_evidence_above(double x, double n, double p, double a, double b);

/* The chance of Beta(a, b) to be above p. */
double betafn_above(double p, double a, double b);

#endif
