/* judgement.h - all that is tested sequentially in a run, and when it is enough.
 *
 * Abort side: one family of e-processes for each view (family.h) and the burn of
 * the objectives (slo.h), added up by weight (combination.h) against one
 * false-rollback rate for the whole rollout.  Two rules, whose rates add up to
 * it:
 * - the judged view's weighted sum of min(GM, R) reaches 1/alpha;
 * - where the service's placebo canaries have given thresholds of their own
 *   (calibration.h): some weighted sum over the pods' view is over its
 *   threshold, and the users, where they are seen, are harmed as well (their
 *   sum of GM reaches 1/a0; an "and" only lowers the rate).  It has 4/5 of
 *   alpha, and holds for as long as the placebos' windows last.
 * A sum that has crossed once has crossed for good: what is latched here is a
 * fact about the intervals, whoever looked at that moment.
 *
 * Pass side: each check for itself.  A run has one judgement; it sees every
 * interval that may be judged, in order. */
#ifndef ANALYZER_JUDGEMENT_H
#define ANALYZER_JUDGEMENT_H

#include "analyzer/calibration.h"
#include "analyzer/client_errors.h"
#include "analyzer/combination.h"
#include "analyzer/error_rate.h"
#include "analyzer/family.h"
#include "analyzer/latency.h"
#include "analyzer/lonepod.h"
#include "analyzer/slo.h"

enum judgement_rule { JUDGEMENT_NONE, JUDGEMENT_SUM, JUDGEMENT_CALIBRATED };

/* The two objectives, each on both arms. */
struct judgement_slo {
    struct slo success[ARM_COUNT], latency[ARM_COUNT];
};

void judgement_slo_init(struct judgement_slo *b, const struct policy *p);

/* Every judged interval once.  slow: requests over the latency objective; n 0:
 * there is no bound for it. */
void judgement_slo_apply(struct judgement_slo *b, const struct pair *faults,
                         const struct pair *slow, int64_t length_ms);

struct judgement {
    const struct policy      *policy; /* borrowed */
    double                    alpha;  /* of all rules together */
    struct combination        weights;
    struct calibration_frozen calibration;

    struct family             harm[VIEW_COUNT];
    struct judgement_slo      burn[VIEW_COUNT];
    struct interval_monitored watched[VIEW_COUNT];
    struct error_rate         error_rate;
    struct latency            latency;
    struct client_errors      client_errors;
    struct lonepod            lone;

    uint64_t            served;            /* by the canary's pods, in judged intervals */
    uint32_t            canary_pods;       /* that served in the last one */
    int                 view;              /* judged by; -1: not judged yet */
    int64_t             first_ms, last_ms; /* start of the first judged interval, end of the last */
    int64_t             judged_ms;         /* their lengths together */
    uint32_t            anomalies;         /* intervals left out: more faults than requests */
    enum judgement_rule crossed;           /* latched */
    enum check          blamed;            /* of crossed */
};

/* What of a rollout's alpha the calibrated rule has. */
double judgement_calibrated_alpha(double alpha);

/* The abort side as a run of this policy keeps it; placebo canaries too. */
struct family_plan judgement_family_plan(const struct policy *p, enum counts_view view,
                                         bool calibrated);

/* The weighted sum of one statistic over a family's evidence and the objectives'
 * burn, as a logarithm.  An objective that the baseline burns as well (its
 * evidence, too, is at 1/alpha) counts as 0, and none counts for more than the
 * comparison of the same requests by GM, tempered: a shared incident speaks
 * against neither. */
double judgement_sum_of(const struct combination *weights, const struct family_evidence *harm,
                        const struct judgement_slo *burn, double alpha, enum family_statistic s);

struct judgement_sums {
    uint64_t requests[ARM_COUNT], bad[ARM_COUNT]; /* of the judged intervals */
};

/* calibration: frozen at the run's start; use says whether it counts. */
void judgement_init(struct judgement *j, const struct policy *p, double alpha,
                    const struct calibration_frozen *calibration);

/* view, judged: as error_rate_apply(). */
void judgement_apply(struct judgement *j, const struct interval *i, enum counts_view view,
                     bool judged);

/* An interval was left out: what follows it starts a block of its own. */
void judgement_break(struct judgement *j);

/* Log of the weighted sum of this statistic in this view. */
double judgement_log_sum(const struct judgement *j, enum counts_view view, enum family_statistic s);

/* What the judged view's sum must reach: 1/alpha, or five times that where the
 * calibrated rule has its share. */
double judgement_limit(const struct judgement *j);

/* The results of error_rate, latency, client_errors, slo_success_rate and
 * slo_latency.  evidence is the check's own e-value, limit what it must reach
 * if nothing else speaks against the canary: the sum may cross earlier.
 *   abort  the blamed check, once a sum has crossed
 *   hold   masked_by_retries: only the servers' side is worse (or as the policy says)
 *   hold   shared_incident: both arms burn an objective
 *   else   the check's pass side */
void judgement_results(const struct judgement *j, enum counts_view view,
                       struct check_result out[CHECK_COUNT]);

struct judgement_sums judgement_sums(const struct judgement *j);

/* State without policy, alpha and calibration's origin: unpack into what
 * judgement_init() made with the same.  Anything else sets in->bad, and *j must
 * be thrown away. */
void judgement_pack(const struct judgement *j, struct text *out);
void judgement_unpack(struct judgement *j, struct unpack *in);

#endif
