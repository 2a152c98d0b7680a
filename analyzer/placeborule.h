/* placeborule.h - a policy's rule for a rollout that is judged beside its placebos. */
#ifndef ANALYZER_PLACEBORULE_H
#define ANALYZER_PLACEBORULE_H

#include "analyzer/placebo.h"

/* What the policy's placebos are judged by. */
struct placebo_plan placeborule_plan(const struct policy *p, uint64_t seed);

/* Thresholds from the record for a rollout that may spend alpha, in a service
 * that serves all_requests in a window; the tally looks back over shown_ms from
 * now_ms. */
struct calibration_frozen placeborule_freeze(const struct policy *p, const struct calibration *c,
                                             double alpha, double all_requests, int64_t now_ms,
                                             int64_t shown_ms);

/* Whether a rollout that came to this would have been aborted by one of the two
 * rules of judgement.h, with these thresholds. */
bool placeborule_aborts(const struct policy *p, const struct calibration_frozen *f,
                        const struct placebo_result *r);

#endif
