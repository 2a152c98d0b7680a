/* split.h - the check: does the traffic go where the weight says?
 *
 * The canary's share of the requests against the weight in force (tilt.h), once
 * it has settled.  Advisory: a wrong share says that the routing is not what was
 * set (a weight of 0, sticky sessions, a stuck configuration), not that the
 * canary is bad, so it holds and never rolls back.  Attempts are no measure of
 * where users were sent (retries, mirroring): where users are seen, they count.
 *
 * Each weight is tested for itself, the k-th at alpha / (k (k + 1)), which adds up
 * to alpha: gates tell a weight when they ask, up to minutes after the traffic was
 * shifted, and what was counted until then speaks against a weight that was not
 * in force any more.
 *
 * Nobody says a weight: it is estimated from the traffic for the settle times
 * alone (share.h), and there is nothing to hold it against. */
#ifndef ANALYZER_SPLIT_H
#define ANALYZER_SPLIT_H

#include "analyzer/interval.h"
#include "analyzer/policy.h"
#include "analyzer/tilt.h"

struct split {
    struct check_result asked;
    double              alpha;   /* of the whole rollout */
    double              weight;  /* share that was told last; NaN: none was */
    uint32_t            weights; /* so many were told */
    struct tilt         tilt;    /* since then */
};

void split_init(struct split *s, const struct policy *p);

/* Every interval once, in order; percent: the weight that was told, NaN: none
 * was.  settled: past the settle time, and not from before the weight was told. */
void split_apply(struct split *s, const struct interval *i, enum counts_view view, double percent,
                 bool settled);

/* hold routing_mismatch; hold no_weight while none was told; else pass
 * within_limit.  value and limit: the canary's share seen lately and set, 0..1;
 * evidence is the e-value. */
struct check_result split_result(const struct split *s);

/* State without the policy. */
void split_pack(const struct split *s, struct text *out);
void split_unpack(struct split *s, struct unpack *in);

#endif
