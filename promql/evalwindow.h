/* evalwindow.h - functions of range vectors, and subqueries, as stages. */
#ifndef PROMQL_EVALWINDOW_H
#define PROMQL_EVALWINDOW_H

#include "promql/evalargs.h"
#include "promql/evalfn.h"

/* fn over every window of every series of the range vector.  Series whose sets
 * become equal without their names are refused, as upstream refuses them. */
enum status evalwindow_new(struct evalargs *args, const struct evalfn *fn, struct stage *range,
                           struct stage **out) MUST_CHECK;

/* The grid of inner steps that all windows of a subquery over outer steps need:
 * multiples of its step, the left edge open. */
enum status evalwindow_subquery_grid(struct stage_ctx *ctx, const struct node *node,
                                     struct stage_grid outer, struct stage_grid *inner) MUST_CHECK;

/* A subquery as a range vector; inner is its expression over the inner grid. */
enum status evalwindow_subquery(struct stage *inner, const struct node *node,
                                struct stage_grid outer, struct stage **out) MUST_CHECK;

/* absent_over_time: 1 where no series has a sample in the window. */
enum status evalwindow_absent(struct stage *range, const struct node *node,
                              struct stage **out) MUST_CHECK;

#endif
