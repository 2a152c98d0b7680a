/* clusters.h - whether the canary was seen in each cluster of a mesh that has
 * several: a cluster without data is inconclusive, not a success.
 *
 * Counts themselves are added over clusters.  What is asked here is only whether
 * each of those that have traffic has brought its own share of the evidence. */
#ifndef ANALYZER_CLUSTERS_H
#define ANALYZER_CLUSTERS_H

#include "analyzer/interval.h"
#include "analyzer/policy.h"
#include "base/pack.h"

struct clusters {
    uint32_t n;
    struct clusters_one {
        char     name[INTERVAL_CLUSTER_BYTES];
        uint64_t judged;  /* canary's requests after warm-up */
        int64_t  last_ms; /* end of the last interval with some, 0: none yet */
    } at[INTERVAL_MAX_CLUSTERS];
};

/* warm: the canary's requests count. */
void clusters_apply(struct clusters *c, const struct interval *i, enum counts_view view, bool warm);

/* What the policy asks for and is missing at now_ms: fewer clusters than it
 * names, or *which (c->n: none in particular) has too few canary requests or
 * none since silence_ms.  False: nothing is missing, *which is not set.  c may be
 * NULL where the policy asks for none. */
bool clusters_missing(const struct clusters *c, const struct policy *p, int64_t now_ms,
                      int64_t silence_ms, uint32_t *which);

void clusters_pack(const struct clusters *c, struct text *out);
void clusters_unpack(struct clusters *c, struct unpack *in);

#endif
