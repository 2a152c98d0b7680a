/* evalrank.h - aggregations that need all values of a group at a step:
 * topk, bottomk, limitk and quantile. */
#ifndef PROMQL_EVALRANK_H
#define PROMQL_EVALRANK_H

#include "promql/stage.h"

/* param is k, or the quantile.  topk, bottomk and limitk keep the series as
 * they are; for an instant query they stand in order of rank, group by group,
 * and are chosen now. */
enum status evalrank_new(struct stage *inner, struct stage *param, const struct node *node,
                         struct stage **out) MUST_CHECK;

#endif
