/* latency.h - the pass side of the check: is the canary slower than the baseline?
 *
 * Asked of each monitored bucket bound (interval.h: at most six, chosen from the
 * baseline before the rollout): is the share of requests over it worse than the
 * margins?  Exact at the bounds, whatever lies between them; a quantile out of
 * buckets is only known to a factor of 2 to 5, so nothing is gated on one here.
 * Pass needs every bound: its null is a union, and the weakest evidence counts.
 * Abort side: the mean over the bounds, family.h.
 * Without a histogram, or before the bounds are chosen, nothing can be shown. */
#ifndef ANALYZER_LATENCY_H
#define ANALYZER_LATENCY_H

#include "analyzer/comparison.h"
#include "analyzer/exceedance.h"

struct latency {
    struct check_result       asked;
    uint64_t                  min_requests;
    double                    ratio_margin, absolute_margin; /* of the pass side */
    double                    margin_ms;
    struct interval_monitored watched;
    struct comparison         over[INTERVAL_MONITORED];
    bool lacking; /* the newest interval with canary requests had no such bounds */
};

void latency_init(struct latency *l, const struct policy *p);

/* The rest as in error_rate.h. */
void latency_apply(struct latency *l, const struct interval *i, enum counts_view view, bool judged,
                   struct gm_odds *odds);

/* The bound over which the canary's requests count at the k-th one watched: another
 * one where it may be so many milliseconds slower. */
double latency_canary_ms(const struct latency *l, uint32_t k);

/* hold no_histogram where there is no bound to watch, or no longer one of those
 * that are. */
struct check_result latency_result(const struct latency *l, struct comparison_told *told);
void                latency_pack(const struct latency *l, struct text *out);
void                latency_unpack(struct latency *l, struct unpack *in);

#endif
