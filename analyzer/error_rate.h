/* error_rate.h - the pass side of the check: does the canary fail more often than
 * the baseline?
 *
 * Abort side: family.h, of all checks together (judgement.h).  Pass side:
 * noninferior.h, its present value against 1/beta.  In the user's view the
 * requests that got no response at all (code 0: their callers gave up) are no
 * faults, since most of them are the callers' own doing; but a canary that hangs
 * some of its users must not be shown good by the others.  So pass is asked of
 * their share as well, by a process of its own: both must reach 1/beta, and the
 * union of two nulls needs no correction. */
#ifndef ANALYZER_ERROR_RATE_H
#define ANALYZER_ERROR_RATE_H

#include "analyzer/comparison.h"

struct error_rate {
    struct check_result asked; /* configured, required, dry run, pass limit; numbers NaN */
    uint64_t            min_requests;
    struct comparison   faults;
    struct comparison   silence;       /* x: requests without a response */
    bool                silence_apart; /* judged by the user's view: silence counts */
};

void error_rate_init(struct error_rate *e, const struct policy *p);

/* Every interval once, in order.  view: the same for the whole run.  judged:
 * past warm-up, and not in the settle time after a change of weight; neither
 * may depend on the faults seen.  What is not judged only teaches how much the
 * baseline varies.  The pairs of the interval must be valid.  odds: {0}, or what
 * another check of this interval left there. */
void error_rate_apply(struct error_rate *e, const struct interval *i, enum counts_view view,
                      bool judged, struct gm_odds *odds);

/* told: for need_requests, and what pods have shown.
 *   hold  too_few_requests     under the policy's min_requests of the canary
 *   pass  proven               pass_evidence >= 1/beta
 *   hold  not_proven           else
 * need_requests is for pass, or, at rates at which pass never comes, for
 * abort; NaN where neither does: an estimate for people. */
struct check_result error_rate_result(const struct error_rate *e, struct comparison_told *told);

/* State without the policy: unpack into what error_rate_init() made with the
 * same policy.  Anything else sets in->bad, and *e must be thrown away. */
void error_rate_pack(const struct error_rate *e, struct text *out);
void error_rate_unpack(struct error_rate *e, struct unpack *in);

#endif
