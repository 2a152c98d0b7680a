/* settle.h - what a question leaves open is filled from its service, and held
 * against the run it is about. */
#ifndef WEBHOOKS_SETTLE_H
#define WEBHOOKS_SETTLE_H

#include "webhooks/question.h"

/* Fill what was not said from what the service says, in this order: the key
 * (the question's, service_key, for Flagger "workload", preset_key), the
 * versions (the question's, the service's, with key workload and Flagger T and
 * T-primary where T is the service's name), the revision (the question's, else
 * the canary where the key is per release).  NULL and "" say nothing.
 * STATUS_SYNTAX: no canary, no revision, or canary equal to stable; err says
 * what to pass. */
struct settle_service {
    const char *service_key, *preset_key, *canary, *baseline;
};
enum status settle_question(struct question *q, const struct settle_service *s,
                            struct err *err) MUST_CHECK;

/* True where each release has its own value of the version key: revision,
 * version, pod_template_hash. */
bool settle_key_is_per_release(const char *key);

/* Canary, stable, key or policy were said and are not those of the run.
 * STATUS_CONFLICT: err says which. */
enum status settle_fits(const struct question *q, const struct verdict_view *v,
                        struct err *err) MUST_CHECK;

#endif
