/* canarylint.h - templatelint.h's rules for Flagger's Canary. */
#ifndef WEBHOOKS_CANARYLINT_H
#define WEBHOOKS_CANARYLINT_H

#include "webhooks/templatelint.h"

void canarylint_canary(struct templatelint *l, const struct yaml_node *canary);

#endif
