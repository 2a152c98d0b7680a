/* backtestlimits.h - how often the baseline itself would have broken a policy's limits.
 *
 * success_rate, p95 and those of the user's own thresholds that are about faults
 * or latency, applied to the service as if all of it were a canary.  A canary has a
 * share of the traffic, so its values are rougher than these: what is broken here
 * now and then is broken more often in a rollout.  Request rates and expressions
 * are about a canary, and are not known here. */
#ifndef DAEMON_BACKTESTLIMITS_H
#define DAEMON_BACKTESTLIMITS_H

#include "analyzer/limit.h"
#include "analyzer/threshold.h"

enum { BACKTEST_MAX_LIMITS = 2 + POLICY_MAX_LIMITS };

struct backtest_limit {
    char     name[POLICY_LIMIT_NAME_BYTES];
    bool     known;
    bool     is_broken;      /* in the newest interval */
    uint64_t judged, broken; /* intervals that had an answer; of these: fail */
    uint32_t times;          /* intervals broken in a row count once */
};

struct backtestlimits; /* about 70 KiB */

/* The policy is borrowed. */
struct backtestlimits *backtestlimits_new(const struct policy *p);
void                   backtestlimits_free(struct backtestlimits *b);

void backtestlimits_apply(struct backtestlimits *b, const struct interval *i,
                          enum counts_view view);

/* Those that the policy has, in its order; *n of them, borrowed. */
const struct backtest_limit *backtestlimits_seen(const struct backtestlimits *b, uint32_t *n);

#endif
