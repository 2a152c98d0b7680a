/* confidence.h - confidence sequences, for people: where the true value lies.
 *
 * Each holds at every moment of a run together with a probability of 1 - alpha,
 * however often somebody looks.  Nothing is decided by them. */
#ifndef ANALYZER_CONFIDENCE_H
#define ANALYZER_CONFIDENCE_H

#include "analyzer/counts.h"
#include "analyzer/pair.h"

struct confidence {
    double lower, upper;
};

/* The sum L of the chances of all requests so far to be bad, free to vary from
 * one to the next, when x were: those L for which the gamma-Poisson evidence
 * (prior Gamma(1, 1))
 *     G(L) = log gamma(1 + x) - (1 + x) log(L + 1) + L
 * is under 1/alpha; E kappa^x <= exp(L (kappa - 1)) for any chances. */
double            confidence_evidence(uint64_t x, double total);
struct confidence confidence_total(uint64_t x, double alpha);

/* The same as the mean share L / n: 0..1. */
struct confidence confidence_share(uint64_t x, uint64_t n, double alpha);

/* A share that is the same for all requests: those with evidence
 * (betafn_evidence()) under 1/alpha; prior Beta(a, b). */
struct confidence confidence_constant_share(uint64_t x, uint64_t n, double alpha, double a,
                                            double b);

/* A latency quantile, in (lower, upper] of the bounds: one Bernoulli boundary
 * for "at most this bound", prior Beta(10 q, 10 (1 - q)), and no union over the
 * bounds.  0 and +Inf where nothing is known. */
struct confidence confidence_quantile(const struct counts_bounds *b, const uint64_t bucket[],
                                      double q, double alpha);

/* Radius around an empirical distribution of n latencies in which the true one
 * lies as a whole, from the first on; latencies alike over time.  At most 1.
 * Howard and Ramdas, Bernoulli 28(3), 2022, theorem 2, with A = .85 and their
 * bound C <= .8 log(1612 / alpha). */
double confidence_radius(uint64_t n, double alpha);

enum { CONFIDENCE_RATIOS = 49 }; /* 2^-6 .. 2^6 in steps of 2^(1/4) */

/* Ratio of the canary's share of bad requests to the baseline's: with
 *     L(r) = sum of x_c log r - (x_c + x_b) log(n_b + r n_c),
 * exp(L(r) - L(r0)) is an e-process for "the ratio is r0" (gm.h, delta = 0), and
 * its mean over the grid tells for each r0 whether it is still possible.  All
 * zero is the start. */
struct confidence_ratio {
    double sum[CONFIDENCE_RATIOS];
};

/* p must be valid. */
void confidence_ratio_apply(struct confidence_ratio *c, const struct pair *p);

/* Between two points of the grid that are impossible: the limits are these, so
 * that they err outwards.  0 and +Inf at its ends. */
struct confidence confidence_ratio_of(const struct confidence_ratio *c, double alpha);

void confidence_ratio_pack(const struct confidence_ratio *c, struct text *out);
void confidence_ratio_unpack(struct confidence_ratio *c, struct unpack *in);

#endif
