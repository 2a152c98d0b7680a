/* rolloutlint.h - templatelint.h's rules for Argo's Rollout. */
#ifndef WEBHOOKS_ROLLOUTLINT_H
#define WEBHOOKS_ROLLOUTLINT_H

#include "webhooks/templatelint.h"

void rolloutlint_alone(struct templatelint *l, const struct yaml_node *rollout);

/* What its analyses and the templates that they name make together; templates
 * that no file had are not known and nothing is said of them. */
void rolloutlint_beside(struct templatelint *l, const struct yaml_node *rollout);

#endif
