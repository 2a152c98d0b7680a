/* evalmath.h - what is done to each value of a vector or scalar by itself. */
#ifndef PROMQL_EVALMATH_H
#define PROMQL_EVALMATH_H

#include "promql/evalargs.h"
#include "promql/evalfn.h"
#include "promql/stage.h"

/* A scalar that is the same at every step. */
enum status evalmath_number(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                            double value, struct stage **out) MUST_CHECK;

/* time(), in seconds. */
enum status evalmath_time(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                          struct stage **out) MUST_CHECK;

/* -x: of a vector, the name goes. */
enum status evalmath_negate(struct stage *inner, const struct node *node,
                            struct stage **out) MUST_CHECK;

/* EVALFN_MAP and EVALFN_POINT. */
enum status evalmath_function(struct evalargs *args, const struct evalfn *fn, struct stage *inner,
                              struct stage **out) MUST_CHECK;

/* A binary operator at least one side of which is a scalar. */
enum status evalmath_binary(const struct node *node, struct stage *lhs, struct stage *rhs,
                            struct stage **out) MUST_CHECK;

/* scalar(v) and vector(s). */
enum status evalmath_scalar(struct stage *inner, const struct node *node,
                            struct stage **out) MUST_CHECK;
enum status evalmath_vector(struct stage *inner, const struct node *node,
                            struct stage **out) MUST_CHECK;

/* absent(v): one row under {}; its labels are the caller's to set. */
enum status evalmath_absent(struct stage *inner, const struct node *node,
                            struct stage **out) MUST_CHECK;

/* timestamp() of what is no selector: the step's own time. */
enum status evalmath_timestamp(struct stage *inner, const struct node *node,
                               struct stage **out) MUST_CHECK;

/* Prometheus's names for operators that change what a value means: the name of
 * the metric goes with them. */
bool evalmath_changes_meaning(enum binary_op op);

#endif
