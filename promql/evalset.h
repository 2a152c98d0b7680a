/* evalset.h - and, or, unless: sets of series, step by step. */
#ifndef PROMQL_EVALSET_H
#define PROMQL_EVALSET_H

#include "promql/stage.h"

enum status evalset_new(struct stage *lhs, struct stage *rhs, const struct node *node,
                        struct stage **out) MUST_CHECK;

#endif
