/* comparison.h - one question of canary beside baseline: its sums and its pass side.
 *
 * What is bad (a fault, a 4xx, an answer slower than a bound) is the check's
 * affair.  The abort side of all questions together is family.h. */
#ifndef ANALYZER_COMPARISON_H
#define ANALYZER_COMPARISON_H

#include "analyzer/family.h"
#include "analyzer/noninferior.h"
#include "analyzer/policy.h"

struct comparison {
    struct pair        judged; /* sums of the judged intervals */
    struct noninferior pass;
};

void comparison_init(struct comparison *c, double pass_ratio_margin, double pass_absolute_margin);

/* Pass limit, required, dry run of a check as the policy asks it. */
struct check_result comparison_asked(const struct policy *p, enum check which,
                                     const struct policy_comparison *margins);

/* As noninferior_apply(). */
void comparison_apply(struct comparison *c, const struct pair *p, bool judged,
                      struct gm_odds *odds);

/* What a run knows beside a question's own sums when it is told. */
struct comparison_told {
    const struct family *harm;      /* the abort side, for the estimate of what it still needs */
    int64_t              judged_ms; /* time in which the pairs were counted */
    double               log_limit;
    struct podspread     by_pods[FAMILY_QUESTIONS]; /* of the servers' side */
    struct gm_odds       odds;                      /* of the pass side; {0} to begin with */
};

/* D of the baseline's bad requests as the intervals show it, at least 1. */
double comparison_dispersion(const struct comparison *c);

/* Log of the evidence that the canary is better than the pass margins. */
double comparison_log_pass(const struct comparison *c, const struct podspread *by_pods,
                           struct gm_odds *odds);

/* Canary requests until that, log_pass now, reaches log_target; NaN: never at these rates. */
double comparison_need(const struct comparison *c, const struct podspread *by_pods, double log_pass,
                       double log_target, struct gm_odds *odds);

/* Canary requests until the abort side has enough, NaN: never.  Slow: only for what is told. */
double comparison_abort_need(const struct comparison_told *told, enum family_question q,
                             const struct pair *judged);

/* Verdict of a question by its pass side alone: hold too_few_requests below
 * min_requests of the canary, pass proven, else hold not_proven.
 * need_requests: until then; where that never comes, until abort_need. */
void comparison_decide(double log_pass, double need, const struct pair *judged,
                       uint64_t min_requests, struct check_result *r);

/* State without the margins; counts that are not valid are bad. */
void comparison_pack(const struct comparison *c, struct text *out);
void comparison_unpack(struct comparison *c, struct unpack *in);

#endif
