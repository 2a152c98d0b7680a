/* evaljoin.h - arithmetic and comparison between two vectors. */
#ifndef PROMQL_EVALJOIN_H
#define PROMQL_EVALJOIN_H

#include "promql/stage.h"

/* One-to-one, many-to-one and one-to-many.  Which series meet, and under which
 * labels, is settled now; that no two meet one at the same step is checked when
 * the first row is pulled, and only where it could happen.
 * STATUS_LIMIT: too many pairs. */
enum status evaljoin_new(struct stage *lhs, struct stage *rhs, const struct node *node,
                         struct stage **out) MUST_CHECK;

#endif
