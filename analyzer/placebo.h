/* placebo.h - placebo canaries: pods of the baseline judged as if they were one.
 *
 * While nothing is rolled out, each pod of a service (or each cyclic group of as
 * many as the canary will have) is compared with the others by the very
 * statistics that a rollout is judged by (judgement.h, attempt view), from
 * nothing, window after window.  The running maxima of the weighted sums
 *     log W_s = log of the sum over checks of weight times E_s,
 *     E_s = GM, min(GM, R_5), min(GM, R_15), min(GM, R_60); of an objective its burn
 * are what calibration.h learns thresholds from.  That the objectives have no
 * robust half of their own is made up for here: whatever the burn of one bad pod
 * adds to the sum, the placebos have shown.
 *
 * A placebo that serves more than the canary will is judged twice, as it is and
 * with each of its requests kept with the chance
 *     q = w (b - g) / ((1 - w) g)        w planned share, g of b pods
 * which gives it the canary's share of the traffic; the larger maximum counts.
 * (q at .8 or more: once, as it is.)
 *
 * A window is dropped, and the next one started, where it would not resemble a
 * rollout's: a pod came or went, more than one version served (a deployment), an
 * interval was missed, or the bounds that latency is asked at are not there.
 * Services whose pods do not all have rows of their own (interval.h: 64) have
 * no placebos. */
#ifndef ANALYZER_PLACEBO_H
#define ANALYZER_PLACEBO_H

#include "analyzer/calibration.h"
#include "analyzer/judgement.h"

enum { PLACEBO_MOST = 32 }; /* at once; of more pods, other ones in each window */

struct placebo_plan {
    const struct policy *policy;      /* borrowed; outlives the placebos */
    double               weight;      /* the canary's planned share, over 0 and under 1 */
    uint32_t             canary_pods; /* its pods; 0: that share of the pods, rounded up */
    int64_t              window_ms;
    uint64_t             seed; /* of the thinning */
};

/* Fingerprint of what the windows are judged by: windows of different plans are
 * never compared. */
void placebo_plan_hash(const struct placebo_plan *plan, char out[CALIBRATION_HASH_BYTES]);

/* All placebos of a service; freed with placebo_free().  Up to 45 KiB for each
 * that is judged at once. */
struct placebo *placebo_new(const struct placebo_plan *plan);
void            placebo_free(struct placebo *p); /* NULL: nothing */

enum placebo_outcome {
    PLACEBO_IDLE,    /* no window is open: too few pods, or they keep changing */
    PLACEBO_OPEN,    /* the interval was taken in */
    PLACEBO_DROPPED, /* the window was given up */
    PLACEBO_CLOSED,  /* it is over: placebo_results() */
};

/* Every closed interval once, in order: the service with all its versions as
 * the baseline. */
enum placebo_outcome placebo_apply(struct placebo *p, const struct interval *i);

/* What a placebo came to. */
struct placebo_result {
    char                      pod[INTERVAL_NAME_BYTES]; /* the first of its pods */
    struct calibration_window window;                   /* rolled_back is the caller's to set */
    double                    log_own; /* maximum of the sum that counts without calibration */
};

/* Of the window that was closed last; borrowed until the next placebo_apply(). */
const struct placebo_result *placebo_results(const struct placebo *p, uint32_t *n);

/* For people: pods that serve now, and placebos in the open window. */
uint32_t placebo_pods(const struct placebo *p);
uint32_t placebo_count(const struct placebo *p);

#endif
