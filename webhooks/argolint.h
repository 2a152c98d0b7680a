/* argolint.h - templatelint.h's rules for the metrics of Argo's analysis. */
#ifndef WEBHOOKS_ARGOLINT_H
#define WEBHOOKS_ARGOLINT_H

#include "webhooks/templatelint.h"

/* An AnalysisTemplate, ClusterAnalysisTemplate or AnalysisRun. */
void argolint_template(struct templatelint *l, const struct yaml_node *document);

#endif
