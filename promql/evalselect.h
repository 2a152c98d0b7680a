/* evalselect.h - selectors as stages: x, x offset 5m, x @ 10, x[5m]. */
#ifndef PROMQL_EVALSELECT_H
#define PROMQL_EVALSELECT_H

#include "promql/stage.h"

/* The newest sample within the lookback at each step; a marker of staleness
 * ends the series there. */
enum status evalselect_instant(struct stage_ctx *ctx, const struct node *node,
                               struct stage_grid grid, struct stage **out) MUST_CHECK;

/* The time of that sample in seconds instead of its value: timestamp(x). */
enum status evalselect_times(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                             struct stage **out) MUST_CHECK;

/* NODE_MATRIX: columns, for windows over every step of the grid. */
enum status evalselect_range(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                             struct stage **out) MUST_CHECK;

/* A range vector as the result of an instant query: its samples in the window
 * of step 0, in the arena.  n may be 0. */
enum status evalselect_window(struct stage *range, size_t i, struct source_column *out) MUST_CHECK;

/* The time an @ pins to; start() and end() are those of the whole query. */
int64_t evalselect_at_ms(const struct stage_ctx *ctx, const struct node_timing *timing);

/* First sample after t_ms in [from, c->n). */
size_t evalselect_after(const struct source_column *c, size_t from, int64_t t_ms);

#endif
