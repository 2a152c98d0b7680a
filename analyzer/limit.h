/* limit.h - a check of the user's own, by name: a value that must stay within limits.
 *
 * Success rate, a latency quantile, requests a second, or what a PromQL
 * expression of his says, over a window, on enough requests.  A rule, no test:
 * no false alarm rate is promised, and what is broken now can recover.  So that
 * one bad moment does not fail a rollout, it may ask for so many broken
 * intervals of so many (both the same: in a row). */
#ifndef ANALYZER_LIMIT_H
#define ANALYZER_LIMIT_H

#include "analyzer/policy.h"
#include "analyzer/threshold_window.h"

struct limit {
    const struct policy_limit *plan; /* borrowed */
    struct threshold_window    window;
    uint64_t                   broken;      /* a bit for each judged interval, the newest lowest */
    uint32_t                   judged;      /* bits that mean something, at most 64 */
    double                     measured;    /* newest value of the expression; NaN: none yet */
    int64_t                    measured_ms; /* source time of it */
    int64_t first_ms, now_ms; /* begin of the first interval, end of the newest; 0: none yet */
};

void limit_init(struct limit *l, const struct policy_limit *plan);

/* Every interval past warm-up once, in order.  measured: what the expression
 * gave at the interval's end, NaN: nothing. */
void limit_apply(struct limit *l, const struct interval *i, enum counts_view view, double measured);

/*   fail limit_broken       outside in at least `fails` of the last `of` intervals
 *   hold limit_broken       outside now, not yet in so many
 *   hold too_few_requests, no_value
 *   pass within_limit
 * Without data for a whole window the policy's own answer instead of hold: fail
 * with the same reason, or pass no_data_passes.
 * value: NaN without data; limit: the one that is broken, else the maximum,
 * else the minimum. */
struct check_result limit_result(const struct limit *l);

/* How many of the last `of` judged intervals were outside. */
uint32_t limit_outside(const struct limit *l);

/* State without the plan. */
void limit_pack(const struct limit *l, struct text *out);
void limit_unpack(struct limit *l, struct unpack *in);

#endif
