/* evalaggr.h - aggregations as stages. */
#ifndef PROMQL_EVALAGGR_H
#define PROMQL_EVALAGGR_H

#include "promql/stage.h"

/* sum, avg, count, min, max, group, stddev, stdvar: rows stream into
 * accumulators, one per group and step, and are never kept. */
enum status evalaggr_new(struct stage *inner, const struct node *node,
                         struct stage **out) MUST_CHECK;

#endif
