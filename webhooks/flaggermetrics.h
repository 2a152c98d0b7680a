/* flaggermetrics.h - /flagger/api/v1/query: Flagger's metrics server, and where its
 * MetricTemplates read our verdict.
 *
 * Its client (pkg/metrics/providers/prometheus.go) takes any HTTP error, an empty
 * vector and NaN for a failed check, and cuts what it reads to whole milliseconds, of
 * which +Inf are none: so a value that is no finite number is never told. */
#ifndef WEBHOOKS_FLAGGERMETRICS_H
#define WEBHOOKS_FLAGGERMETRICS_H

#include "webhooks/gates.h"

enum gates_when flaggermetrics_query(const struct gates_call *c, struct answer *out);

#endif
