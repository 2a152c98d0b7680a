/* tilt.h - does a part of the traffic have the share that was set for it?
 *
 * Null hypothesis: each request goes to the part (a version, a service, a
 * cluster) with probability w, the share in force.  For odds that are om times
 * those, q = om w / (1 - w + om w) and
 *     l(om) = n_part log(q / w) + n_rest log((1 - q) / (1 - w)),
 * E = mean over a grid of om from .5 to 2 of exp(sum of l): exact for requests
 * that are routed independently, whatever the sequence of w.  After Lindon and
 * Malek, NeurIPS 2022 (arXiv 2011.03567), who have a Dirichlet prior for a
 * constant w.
 *
 * Sticky sessions, consistent hashing, retries and clumped arrivals are not
 * independent (2 to 25 % false alarms where clumps are 30 % of an interval), so
 * sums that speak for an alarm are divided by D, the dispersion of the part's
 * share from interval to interval (dispersion.h): demand that goes up and down
 * for both parts is not in it, nor is a share that is wrong but steady.  D must
 * have been learnt from TILT_LEAST_LEARNT intervals, and an alarm needs a deviation that matters: TILT_TOLERANCE of the share that was set,
 * over the last minutes, so that it ends when the routing is mended.
 *
 * Advisory: it says that routing is not what was set, not that the canary is
 * bad.  Needs of requests at 1/1000: a tilt of 10 % 41k, 22k, 8k in all at w of
 * 5, 10, 50 %. */
#ifndef ANALYZER_TILT_H
#define ANALYZER_TILT_H

#include "analyzer/dispersion.h"

enum {
    TILT_ODDS = 12,
    TILT_LEAST_LEARNT = 12,
    TILT_HALF_LIFE_MS = 120 * 1000, /* of the deviation */
};

#define TILT_TOLERANCE .1

struct tilt {
    double            sum[TILT_ODDS]; /* of l(om), not tempered */
    struct dispersion spread;
    uint32_t          learnt; /* intervals that spread could compare with the one before */
    double            weight; /* of the last interval */
    double            lately, set, part; /* fading: requests, those w would give, those seen */
    uint64_t          n, n_part;         /* all that were judged */
};

/* weight: w, in (0, 1); at 0 or 1, or NaN (not known), there is nothing to
 * compare and nothing happens.  Every interval past the settle time; n_part <=
 * n <= 2^53. */
void tilt_apply(struct tilt *t, uint64_t n, uint64_t n_part, double weight, int64_t length_ms);

double tilt_log_e(const struct tilt *t);

/* The share seen lately and the one that w would have given; NaN without
 * requests. */
double tilt_seen(const struct tilt *t);
double tilt_set(const struct tilt *t);

/* Evidence of 1/alpha and a deviation beyond the tolerance. */
bool tilt_alarm(const struct tilt *t, double alpha);

/* All zero is the start. */
void tilt_pack(const struct tilt *t, struct text *out);
void tilt_unpack(struct tilt *t, struct unpack *in);

#endif
