/* combination.h - the weighted sum of all that speaks against the canary.
 *
 * A weighted mean of e-processes is an e-process, whatever their dependence
 * (Vovk and Wang 2021): the sum over checks of weight times evidence ever
 * reaches 1/alpha with a probability of at most alpha, over the whole rollout,
 * all checks, stages and polls.  It dominates Bonferroni's correction: where
 * one check alone reaches 1/(weight alpha), so does the sum. */
#ifndef ANALYZER_COMBINATION_H
#define ANALYZER_COMBINATION_H

#include "analyzer/policy.h"

/* Weights of check.def, renormalised; 0 for a check that does not take part. */
struct combination {
    double weight[CHECK_COUNT], log_weight[CHECK_COUNT];
};

/* Over the checks that the policy asks and that are not in dry run.  Objectives
 * have no robust half (slo.h): two of them are not to weigh more than one. */
struct combination combination_of(const struct policy *p);

/* The weighted sum, as a logarithm.  log_e: of each check; of one with weight
 * 0 it is not looked at. */
double combination_log(const struct combination *c, const double log_e[CHECK_COUNT]);

/* The check that contributes most, CHECK_COUNT where none takes part. */
enum check combination_blame(const struct combination *c, const double log_e[CHECK_COUNT]);

#endif
