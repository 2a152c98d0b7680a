/* evalplan.h - from the tree of an expression to its stages. */
#ifndef PROMQL_EVALPLAN_H
#define PROMQL_EVALPLAN_H

#include "promql/stage.h"

/* The stage of a node over the steps of a grid.  What is pinned by @ altogether
 * is evaluated at one step and repeated.  No strings. */
enum status evalplan_build(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                           struct stage **out) MUST_CHECK;

#endif
