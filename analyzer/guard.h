/* guard.h - the check: is the canary dead?
 *
 * A rule, not a test, and outside the policy's false_rollback_rate: in two
 * intervals running
 *     x_c >= 10,  x_c >= 0.5 n_c  and  x_b < 0.25 n_b
 * aborts.  It exists because betting needs many blocks at 50 % weight where
 * anybody can see an outage: found within two intervals from 2 requests/s on
 * the canary.  In simulation 0 to 0.2 % false, under bursts too. */
#ifndef ANALYZER_GUARD_H
#define ANALYZER_GUARD_H

#include "analyzer/pair.h"
#include "analyzer/policy.h"

struct guard {
    struct check_result asked; /* configured, required, dry run, limit; the rest NaN */
    uint32_t            dead_in_a_row;
    bool                could_tell;      /* some interval had enough canary requests for the rule */
    double canary_share, baseline_share; /* of faults, last interval; NaN: no requests */
};

void guard_init(struct guard *g, const struct policy *p);

/* Every interval once, in order, warm-up and settle time included: they
 * explain slow answers, not dead ones. */
void guard_apply(struct guard *g, const struct interval *i, enum counts_view view);

/* abort dead_canary (latched by the caller), hold too_few_requests as long as
 * no interval had the 10 canary requests that the rule needs, else pass
 * within_limit.  value is the canary's share of faults in the last interval. */
struct check_result guard_result(const struct guard *g);

/* State without the policy, as error_rate_pack(). */
void guard_pack(const struct guard *g, struct text *out);
void guard_unpack(struct guard *g, struct unpack *in);

#endif
