/* evalcount.h - count_values: a series for each value of a group. */
#ifndef PROMQL_EVALCOUNT_H
#define PROMQL_EVALCOUNT_H

#include "promql/stage.h"

/* Which series there are depends on the values: they are evaluated now.
 * STATUS_BAD_QUERY: the label cannot be one. */
enum status evalcount_new(struct stage *inner, const struct node *node,
                          struct stage **out) MUST_CHECK;

#endif
