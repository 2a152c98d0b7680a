#include "promql/evalplan.h"

#include "promql/evalaggr.h"
#include "promql/evalbucket.h"
#include "promql/evalcount.h"
#include "promql/evaljoin.h"
#include "promql/evallabel.h"
#include "promql/evalmath.h"
#include "promql/evalrank.h"
#include "promql/evalselect.h"
#include "promql/evalset.h"
#include "promql/evaltwins.h"
#include "promql/evalwindow.h"

#include <math.h>

/* Whether a node has the same value at every step (preprocessExprHelper of
 * promql/engine.go: an aggregation's parameter does not count, the inside of a
 * subquery neither). */
static bool
is_invariant(const struct node *n)
{
    switch (n->kind) {
    case NODE_NUMBER:
    case NODE_STRING:
        return true;
    case NODE_SELECTOR:
        return n->u.selector.timing.at != AT_NONE;
    case NODE_MATRIX:
        return is_invariant(n->u.matrix.selector);
    case NODE_SUBQUERY:
        return n->u.subquery.timing.at != AT_NONE;
    case NODE_CALL:
        if (function_get(n->u.call.id)->flags & FUNCTION_STEP)
            return false;
        for (size_t i = 0; i < n->u.call.n; i++)
            if (!is_invariant(n->u.call.args[i]))
                return false;
        return true;
    case NODE_AGGREGATION:
        return is_invariant(n->u.aggregation.inner);
    case NODE_BINARY:
        return is_invariant(n->u.binary.lhs) && is_invariant(n->u.binary.rhs);
    case NODE_UNARY:
        return is_invariant(n->u.unary.inner);
    case NODE_PAREN:
        return is_invariant(n->u.paren);
    }
    return false;
}

static struct stage_grid
first_step(struct stage_grid grid)
{
    grid.n = 1;
    return grid;
}

static enum status
build_subquery(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
               struct stage **out)
{
    struct stage_grid inner_grid;
    struct stage     *inner = NULL;
    enum status       rc = evalwindow_subquery_grid(ctx, node, grid, &inner_grid);
    if (!rc)
        rc = evalplan_build(ctx, node->u.subquery.inner, inner_grid, &inner);
    return rc ? rc : evalwindow_subquery(inner, node, grid, out);
}

/* timestamp(x) tells the sample's own time; of anything else, the step's. */
static enum status
build_timestamp(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                struct stage **out)
{
    const struct node *arg = ast_bare(node->u.call.args[0]);
    struct stage      *inner = NULL;
    bool               pinned = arg->kind == NODE_SELECTOR && is_invariant(arg) && grid.n > 1;
    enum status        rc;

    if (arg->kind != NODE_SELECTOR) {
        rc = evalplan_build(ctx, arg, grid, &inner);
        return rc ? rc : evalmath_timestamp(inner, node, out);
    }
    rc = evalselect_times(ctx, arg, pinned ? first_step(grid) : grid, &inner);
    if (!rc)
        rc = evaltwins_drop_names(inner, EVALTWINS_MERGE, out);
    if (!rc && pinned)
        *out = stage_repeat(*out, grid);
    return rc;
}

/* What absent() knows of the series that is not there: labels of equality
 * matchers, as far as no later matcher is for the same label
 * (createLabelsForAbsentFunction of promql/functions.go). */
static uint32_t
absent_set(struct stage_ctx *ctx, const struct node *arg)
{
    struct labels_builder b = {0};

    arg = ast_bare(arg);
    if (arg->kind == NODE_MATRIX)
        arg = arg->u.matrix.selector;
    if (arg->kind != NODE_SELECTOR)
        return LABELS_NONE;
    labels_builder_start(&b, ctx->pool, (struct labels){0});
    for (size_t i = 0; i < arg->u.selector.n; i++) {
        const struct node_matcher *m = &arg->u.selector.matchers[i];
        bool                       known = m->op == MATCHER_EQUAL;
        if (slice_is(m->name, "__name__"))
            continue;
        for (const struct node_matcher *e = arg->u.selector.matchers; e < m && known; e++)
            known = e->op != MATCHER_EQUAL || !slice_equal(e->name, m->name);
        labels_builder_set(&b, labels_symbol(ctx->pool, m->name),
                           known ? labels_symbol(ctx->pool, m->value) : SYMBOLS_EMPTY);
    }
    return labels_builder_id(&b);
}

static enum status
build_absent(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
             struct stage **out)
{
    struct stage *inner = NULL;
    enum status   rc = evalplan_build(ctx, node->u.call.args[0], grid, &inner);
    if (!rc)
        rc = node->u.call.id == FUNCTION_ABSENT ? evalmath_absent(inner, node, out)
                                                : evalwindow_absent(inner, node, out);
    if (!rc)
        (*out)->rows.ids[0] = absent_set(ctx, node->u.call.args[0]);
    return rc ? rc : stage_pool_status(ctx);
}

static enum status
build_own(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
          struct stage **out)
{
    struct stage *inner = NULL;
    enum status   rc;

    switch ((int)node->u.call.id) {
    case FUNCTION_TIME:
        return evalmath_time(ctx, node, grid, out);
    case FUNCTION_PI:
        return evalmath_number(ctx, node, grid, M_PI, out);
    case FUNCTION_TIMESTAMP:
        return build_timestamp(ctx, node, grid, out);
    case FUNCTION_ABSENT:
    case FUNCTION_ABSENT_OVER_TIME:
        return build_absent(ctx, node, grid, out);
    default: /* scalar, vector */
        rc = evalplan_build(ctx, node->u.call.args[0], grid, &inner);
        if (rc)
            return rc;
        return node->u.call.id == FUNCTION_SCALAR ? evalmath_scalar(inner, node, out)
                                                  : evalmath_vector(inner, node, out);
    }
}

/* A call's arguments: one vector or range vector, scalars, strings. */
struct call_args {
    struct stage    *vector;
    struct evalargs *args;
};

static enum status
build_args(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
           struct call_args *out)
{
    size_t         n = 0;
    struct stage **scalars = arena_array(ctx->arena, node->u.call.n + 1, sizeof(struct stage *));
    enum status    rc = STATUS_OK;

    for (size_t i = 0; i < node->u.call.n && !rc; i++) {
        const struct node *arg = node->u.call.args[i];
        if (arg->type == EXPR_SCALAR)
            rc = evalplan_build(ctx, arg, grid, &scalars[n++]);
        else if (arg->type != EXPR_STRING)
            rc = evalplan_build(ctx, arg, grid, &out->vector);
    }
    if (!rc && !out->vector) /* hour() and its kin: of the evaluation's time */
        rc = evalmath_time(ctx, node, grid, &out->vector);
    out->args = evalargs_new(ctx, node, grid, scalars, n);
    return rc;
}

/* Of one step, even; but what is step-invariant is evaluated at an instant. */
static bool
in_range(const struct stage_ctx *ctx, const struct node *node)
{
    return ctx->request->end_ms != ctx->request->start_ms && !is_invariant(node);
}

static enum status
build_call(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
           struct stage **out)
{
    const struct evalfn *fn = evalfn_get(node->u.call.id);
    struct call_args     c = {0};

    if (!fn)
        return err_set(ctx->err, STATUS_BAD_QUERY, "the function %s is not evaluated here",
                       function_get(node->u.call.id)->name);
    if (fn->kind == EVALFN_OWN)
        return build_own(ctx, node, grid, out);
    enum status rc = build_args(ctx, node, grid, &c);
    if (rc)
        return rc;
    switch (fn->kind) {
    case EVALFN_MAP:
    case EVALFN_POINT:
        return evalmath_function(c.args, fn, c.vector, out);
    case EVALFN_WINDOW:
        return evalwindow_new(c.args, fn, c.vector, out);
    case EVALFN_BUCKETS:
        return evalbucket_new(c.args, fn, c.vector, out);
    case EVALFN_RELABEL:
        return evallabel_rewrite(c.args, fn, c.vector, out);
    case EVALFN_ORDER:
        return evallabel_order(c.args, fn, c.vector, in_range(ctx, node), out);
    case EVALFN_OWN:
        break;
    }
    return rc;
}

static enum status
build_aggregation(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                  struct stage **out)
{
    struct stage *inner = NULL, *param = NULL;
    enum status   rc = STATUS_OK;

    if (ast_aggregation_param(node->u.aggregation.op) == EXPR_SCALAR)
        rc = evalplan_build(ctx, node->u.aggregation.param, grid, &param);
    if (!rc)
        rc = evalplan_build(ctx, node->u.aggregation.inner, grid, &inner);
    if (rc)
        return rc;
    if (param)
        return evalrank_new(inner, param, node, out);
    if (node->u.aggregation.op == AGGREGATION_COUNT_VALUES)
        return evalcount_new(inner, node, out);
    return evalaggr_new(inner, node, out);
}

static enum status
build_binary(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
             struct stage **out)
{
    struct stage *lhs = NULL, *rhs = NULL;
    enum status   rc = evalplan_build(ctx, node->u.binary.lhs, grid, &lhs);
    if (!rc)
        rc = evalplan_build(ctx, node->u.binary.rhs, grid, &rhs);
    if (rc)
        return rc;
    if (node->u.binary.lhs->type == EXPR_SCALAR || node->u.binary.rhs->type == EXPR_SCALAR)
        return evalmath_binary(node, lhs, rhs, out);
    if (ast_binary_class(node->u.binary.op) == BINARY_SET)
        return evalset_new(lhs, rhs, node, out);
    return evaljoin_new(lhs, rhs, node, out);
}

static enum status
build_node(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
           struct stage **out)
{
    enum status rc;

    switch (node->kind) {
    case NODE_NUMBER:
        return evalmath_number(ctx, node, grid, node->u.number.value, out);
    case NODE_SELECTOR:
        return evalselect_instant(ctx, node, grid, out);
    case NODE_MATRIX:
        return evalselect_range(ctx, node, grid, out);
    case NODE_SUBQUERY:
        return build_subquery(ctx, node, grid, out);
    case NODE_CALL:
        return build_call(ctx, node, grid, out);
    case NODE_AGGREGATION:
        return build_aggregation(ctx, node, grid, out);
    case NODE_BINARY:
        return build_binary(ctx, node, grid, out);
    case NODE_UNARY:
        rc = evalplan_build(ctx, node->u.unary.inner, grid, out);
        return rc || !node->u.unary.negative ? rc : evalmath_negate(*out, node, out);
    case NODE_PAREN:
        return evalplan_build(ctx, node->u.paren, grid, out);
    case NODE_STRING:
        break;
    }
    return err_set(ctx->err, STATUS_BAD_QUERY, "a string has no value over time");
}

/* Samples' worth of buffers, bounds and masks that a stage may take for a step:
 * a wide tree over many steps must not take memory that nothing counts. */
enum { STEP_COST = 8 };

enum status
evalplan_build(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
               struct stage **out)
{
    bool        ranges = node->type == EXPR_MATRIX; /* their windows know of @ themselves */
    enum status rc = stage_poll(ctx);

    if (!rc && grid.n > 1)
        rc = stage_count(ctx, (uint64_t)grid.n * STEP_COST);
    if (rc)
        return rc;
    if (grid.n < 2 || ranges || node->kind == NODE_NUMBER || !is_invariant(node))
        return build_node(ctx, node, grid, out);
    rc = build_node(ctx, node, first_step(grid), out);
    if (!rc)
        *out = stage_repeat(*out, grid);
    return rc;
}
