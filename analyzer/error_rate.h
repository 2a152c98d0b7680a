/* error_rate.h - the check: does the canary fail more often than the baseline?
 *
 * Abort side: E = min(GM, IB) of gm.h and ib.h.  The minimum is at most each
 * of them, so the chance that it ever reaches 1/alpha is at most alpha if
 * either's assumption holds: requests that fail independently, or bursts that
 * fall by exposure.  (IB has the ratio margin only; the absolute margin holds
 * by GM.)  The alpha is for the whole rollout: stages, polls and restarts of
 * the daemon spend nothing, a retry of the rollout must bring a smaller one.
 *
 * Pass side: noninferior.h, its present value against 1/beta.  In the user's view
 * the requests that got no response at all (code 0: their callers gave up) are no
 * faults, since most of them are the callers' own doing; but a canary that hangs
 * some of its users must not be shown good by the others.  So pass is asked of
 * their share as well, by a process of its own: both must reach 1/beta, and the
 * union of two nulls needs no correction.
 *
 * The run latches an abort; nothing here does. */
#ifndef ANALYZER_ERROR_RATE_H
#define ANALYZER_ERROR_RATE_H

#include "analyzer/ib.h"
#include "analyzer/noninferior.h"
#include "analyzer/policy.h"

struct error_rate {
    struct check_result asked; /* configured, required, dry run, pass limit; numbers NaN */
    uint64_t            min_requests;
    struct gm           gm;
    struct ib           ib;
    struct noninferior  pass;
    struct noninferior  answered;      /* the same of requests without a response */
    bool                silence_apart; /* judged by the user's view: answered counts */
    struct pair         judged;        /* sums of the judged intervals */
    struct pair         silent;        /* of them, x without a response */
    int64_t             judged_ms;
    uint32_t            anomalies; /* intervals left out: more faults than requests, no length */
};

struct error_rate_sums {
    uint64_t requests[ARM_COUNT], bad[ARM_COUNT]; /* of the judged intervals */
};

void error_rate_init(struct error_rate *e, const struct policy *p);

/* Every interval once, in order, longer gaps left out.  view: the user's view
 * where the source shows it, else the attempt view; the same for the whole
 * run.  judged: past warm-up, and not in the settle time after a change of
 * weight; neither may depend on the faults seen.  What is not judged only
 * teaches how much the baseline varies. */
void error_rate_apply(struct error_rate *e, const struct interval *i, enum counts_view view,
                      bool judged);

/* An interval was left out: what follows it starts a block of its own. */
void error_rate_break(struct error_rate *e);

/* Log of min(GM, IB), as it stands after the last interval. */
double error_rate_log_e(const struct error_rate *e);

/* alpha: the policy's false_rollback_rate over 2^(attempt - 1).
 *   abort error_rate_worse     evidence >= 1/alpha (the latch is the caller's)
 *   hold  too_few_requests     under the policy's min_requests of the canary
 *   pass  proven               pass_evidence >= 1/beta
 *   hold  not_proven           else
 * need_requests is for pass, or, at rates at which pass never comes, for
 * abort; NaN where neither does.  Both need estimates of the future: they are
 * for people, nothing is decided by them. */
struct check_result error_rate_result(const struct error_rate *e, double alpha);

struct error_rate_sums error_rate_sums(const struct error_rate *e);

/* State without the policy: unpack into what error_rate_init() made with the
 * same policy.  Anything else sets in->bad, and *e must be thrown away. */
void error_rate_pack(const struct error_rate *e, struct text *out);
void error_rate_unpack(struct error_rate *e, struct unpack *in);

#endif
