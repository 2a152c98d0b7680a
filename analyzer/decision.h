/* decision.h - from the answers of the checks to the one that is told. */
#ifndef ANALYZER_DECISION_H
#define ANALYZER_DECISION_H

#include "analyzer/run.h"

/* What the checks say together: abort before fail before hold before pass.
 * Required checks and the thresholds that the user set must pass; a check in
 * dry run counts for nothing; data that is missing holds.  Reason and sentence
 * are those of the check that decided. */
struct view_answer decision_of_checks(const struct run *r, int64_t now_ms);

/* What a step before the last is told: what promote is told, or, where the
 * policy advances unharmed runs, pass on fresh data with enough requests and
 * time at the present weight, while nothing is seen that nobody promotes over
 * (an incident, harm that retries hide, a mesh or routing out of order, a limit
 * of the user's own that is broken now). */
struct view_answer decision_of_step(const struct run *r, const struct view_answer *promote,
                                    int64_t now_ms);

/* The policy's mode and waiting times over what was found: a hold that has
 * lasted max_hold, and fail or abort that only advise. */
struct view_answer decision_told(const struct run *r, const struct view_answer *found,
                                 int64_t now_ms);

/* What is told instead of a pass while the policy's windows are closed; whatever else was
 * decided stays. */
struct view_answer decision_in_window(const struct run *r, const struct view_answer *a,
                                      int64_t now_ms);

#endif
