/* threshold.h - the checks success_rate and p95: a limit the user set, kept
 * or broken over a sliding window, on enough requests.
 *
 * Rules, no test: no false alarm rate is promised, and what is broken now can
 * recover.  Intervals of the settle time count, those of the warm-up do not. */
#ifndef ANALYZER_THRESHOLD_H
#define ANALYZER_THRESHOLD_H

#include "analyzer/policy.h"
#include "analyzer/threshold_window.h"

struct threshold {
    enum check              which; /* CHECK_SUCCESS_RATE or CHECK_P95 */
    struct check_result     asked; /* configured, required, dry run, limit; the rest NaN */
    double                  quantile;
    enum policy_p95_rule    rule;
    uint64_t                min_requests;
    struct threshold_window window;
};

void threshold_init(struct threshold *t, enum check which, const struct policy *p);

/* Every interval once, in order.  judged: past warm-up.  view as in
 * error_rate_apply(). */
void threshold_apply(struct threshold *t, const struct interval *i, enum counts_view view,
                     bool judged);

/* success_rate, value and limit as shares 0..1:
 *   hold too_few_requests | fail success_rate_low | pass within_limit
 * p95, value and limit in milliseconds:
 *   hold too_few_requests
 *   fail latency_high       the bracket's lower bound is at or over the limit
 *   pass within_limit       its upper bound is at or under the limit
 *   and with the limit inside the bracket, by the policy's rule: fail or pass
 *   by the interpolated value, or hold bucket_too_coarse.  In the last bucket,
 *   which has no upper bound, there is nothing to interpolate: always hold. */
struct check_result threshold_result(const struct threshold *t);

/* State without the policy, as error_rate_pack(). */
void threshold_pack(const struct threshold *t, struct text *out);
void threshold_unpack(struct threshold *t, struct unpack *in);

#endif
