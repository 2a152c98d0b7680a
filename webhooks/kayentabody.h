/* kayentabody.h - the question that Argo's Kayenta provider posts to /canary/{id}.
 *
 *   {"scopes": {"default": {"controlScope":    {"scope", "location", …},
 *                           "experimentScope": {"scope", "location", …}}},
 *    "thresholds": {"pass": 90, "marginal": 75}}
 * (argoproj/argo-rollouts metricproviders/kayenta.)  What is ours in it:
 *   id           a policy's name, or NAME:step for a step before the last
 *   application  of the query: the service, or NAMESPACE/SERVICE
 *   location     the namespace, where application does not say it
 *   scope        the version: of the experiment the canary, of the control the
 *                stable one; "-" leaves it to the configuration
 *   a second entry of scopes named revision: what identifies the release, as the
 *                scope of its experimentScope, where the canary's value does not
 * step, start and end are not read: the window is the run's. */
#ifndef WEBHOOKS_KAYENTABODY_H
#define WEBHOOKS_KAYENTABODY_H

#include "webhooks/question.h"

#define KAYENTABODY_STEP ":step" /* behind a policy's name */

/* All decoded.  STATUS_SYNTAX: not such a question; err says which part, hint what
 * to do.  The thresholds are whole numbers with 1 <= marginal <= pass <= 100: with a
 * marginal of 0 a failure, score 0, would not be one. */
enum status kayentabody_read(struct slice id, struct slice application, struct slice body,
                             struct question *out, struct err *err, struct err *hint) MUST_CHECK;

#endif
