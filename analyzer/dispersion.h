/* dispersion.h - how much more the baseline's bad requests vary than by chance.
 *
 * From the baseline arm alone, over successive intervals, so that the canary
 * cannot buy itself patience and slow drift cancels: given the two counts of
 * requests, the later interval's share of the bad ones has mean
 * q = n_t / (n_t + n_t-1), and with m = x_t + x_t-1
 *     D = clamp((20 + sum (x_t - m q)^2 / (q (1-q))) / (20 + sum m), 1, 50).
 * 1 where requests fail independently of each other; about 9 for bursts of
 * geometric size with mean 5 (the size-biased mean).  The 20 shrink it towards
 * 1 while there is little to go by.  A moment estimate, no test: what it
 * tempers stays valid as far as D covers the real cluster size (gm.h). */
#ifndef ANALYZER_DISPERSION_H
#define ANALYZER_DISPERSION_H

#include "base/pack.h"

struct dispersion {
    double   squares, bad;   /* the two sums */
    double   typical, pairs; /* (x_t - m q)^2 / (m q (1-q)), at most 50 each, and how many */
    uint64_t last_n, last_x;
};

/* All zero is the start. */
void dispersion_apply(struct dispersion *d, uint64_t n, uint64_t x);

/* In 1..50. */
double dispersion_of(const struct dispersion *d);

/* What lasts of it, for tempering: at most twice the typical pair of intervals.
 * D weighs pairs by their bad requests, so one incident, whose onset and end are
 * two pairs of thousands, would keep it at its top for hours.  Each pair for
 * itself, (x_t - m q)^2 / (m q (1-q)), has the mean size of clusters as its mean,
 * and size-biased geometric clusters are less than twice that. */
double dispersion_lasting(const struct dispersion *d);

void dispersion_pack(const struct dispersion *d, struct text *out);
void dispersion_unpack(struct dispersion *d, struct unpack *in);

#endif
