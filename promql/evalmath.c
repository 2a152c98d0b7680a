#include "promql/evalmath.h"

#include "promql/evalop.h"
#include "promql/evaltwins.h"

#include <math.h>

struct math {
    struct stage        *inner, *other; /* other: the scalar of a binary operator */
    const struct evalfn *fn;
    struct evalargs     *args;
    enum evalop_form     form;
    double               number;
    bool                 scalar_left;
};

static struct stage *
math_new(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid, struct math math)
{
    struct stage *s = stage_new(ctx, node, grid);
    struct math  *own = arena_new(ctx->arena, struct math);
    *own = math;
    s->own = own;
    return s;
}

static enum status
number_row(struct stage *s, size_t i, double *out)
{
    (void)i;
    for (size_t k = 0; k < s->grid.n; k++)
        out[k] = ((struct math *)s->own)->number;
    return STATUS_OK;
}

enum status
evalmath_number(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                double value, struct stage **out)
{
    *out = math_new(ctx, node, grid, (struct math){.number = value});
    (*out)->row = number_row;
    return stage_set_one_row(*out);
}

static enum status
time_row(struct stage *s, size_t i, double *out)
{
    (void)i;
    for (size_t k = 0; k < s->grid.n; k++)
        out[k] = (double)stage_time(&s->grid, k) / 1000;
    return STATUS_OK;
}

enum status
evalmath_time(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
              struct stage **out)
{
    *out = stage_new(ctx, node, grid);
    (*out)->row = time_row;
    return stage_set_one_row(*out);
}

static enum status
negate_row(struct stage *s, size_t i, double *out)
{
    struct math  *m = s->own;
    const double *row;
    enum status   rc = stage_pull(m->inner, i, out, &row);
    for (size_t k = 0; k < s->grid.n && !rc; k++)
        out[k] = isnan(row[k]) ? row[k] : -row[k]; /* a NaN turned round may say absent */
    return rc;
}

enum status
evalmath_negate(struct stage *inner, const struct node *node, struct stage **out)
{
    struct stage *s = math_new(inner->ctx, node, inner->grid, (struct math){.inner = inner});

    s->row = negate_row;
    *out = s;
    s->rows = inner->rows;
    if (node->type == EXPR_SCALAR)
        return STATUS_OK;
    /* Upstream looks at the whole range here, not at each step. */
    return evaltwins_drop_names(s, EVALTWINS_REFUSE, out);
}

static enum status
map_row(struct stage *s, size_t i, double *out)
{
    struct math  *m = s->own;
    const double *row;
    enum status   rc = stage_pull(m->inner, i, out, &row);
    for (size_t k = 0; k < s->grid.n && !rc; k++)
        out[k] = value_is_absent(row[k]) ? row[k] : m->fn->map(row[k]);
    return rc;
}

static enum status
point_row(struct stage *s, size_t i, double *out)
{
    struct math  *m = s->own;
    const double *row;
    enum status   rc = evalargs_prepare(m->args);
    if (!rc)
        rc = stage_pull(m->inner, i, out, &row);
    for (size_t k = 0; k < s->grid.n && !rc; k++)
        out[k] = value_is_absent(row[k]) ? row[k] : m->fn->point(row[k], evalargs_at(m->args, k));
    return rc ? rc : s->ctx->err->status;
}

enum status
evalmath_function(struct evalargs *args, const struct evalfn *fn, struct stage *inner,
                  struct stage **out)
{
    struct stage *s = math_new(inner->ctx, args->call.node, inner->grid,
                               (struct math){.inner = inner, .fn = fn, .args = args});

    s->row = fn->kind == EVALFN_MAP ? map_row : point_row;
    *out = s;
    s->rows = inner->rows;
    if (fn->keeps_name)
        return STATUS_OK;
    return evaltwins_drop_names(s, EVALTWINS_MERGE, out);
}

static enum status
binary_row(struct stage *s, size_t i, double *out)
{
    struct math  *m = s->own;
    const double *row, *scalar;
    enum status   rc = stage_hold(m->other);
    if (!rc)
        rc = stage_pull(m->inner, i, out, &row);
    if (rc)
        return rc;
    scalar = m->other->held;
    evalop_rows(s->node->u.binary.op, m->form, m->scalar_left ? scalar : row,
                m->scalar_left ? row : scalar, out, s->grid.n);
    return STATUS_OK;
}

bool
evalmath_changes_meaning(enum binary_op op)
{
    return ast_binary_class(op) == BINARY_ARITHMETIC;
}

enum status
evalmath_binary(const struct node *node, struct stage *lhs, struct stage *rhs, struct stage **out)
{
    bool        scalar_left = node->u.binary.lhs->type == EXPR_SCALAR;
    bool        both = scalar_left && node->u.binary.rhs->type == EXPR_SCALAR;
    bool        to_bool = node->u.binary.return_bool || both;
    struct math math = {
        .inner = scalar_left ? rhs : lhs,
        .other = scalar_left ? lhs : rhs,
        .scalar_left = scalar_left,
        .form = to_bool       ? EVALOP_BOOL
                : scalar_left ? EVALOP_RIGHT
                              : EVALOP_LEFT,
    };
    struct stage *s = math_new(lhs->ctx, node, lhs->grid, math);

    s->row = binary_row;
    *out = s;
    s->rows = math.inner->rows;
    if (both || !(evalmath_changes_meaning(node->u.binary.op) || to_bool))
        return STATUS_OK;
    return evaltwins_drop_names(s, EVALTWINS_MERGE, out);
}

static enum status
scalar_row(struct stage *s, size_t i, double *out)
{
    struct math *m = s->own;
    double      *buffer = stage_buffer(s);

    for (size_t k = 0; k < s->grid.n; k++)
        out[k] = value_absent();
    for (i = 0; i < m->inner->rows.n; i++) {
        const double *row;
        enum status   rc = stage_pull(m->inner, i, buffer, &row);
        if (rc)
            return rc;
        for (size_t k = 0; k < s->grid.n; k++)
            if (!value_is_absent(row[k]))
                out[k] = value_is_absent(out[k]) ? row[k] : value_nan();
    }
    for (size_t k = 0; k < s->grid.n; k++)
        if (value_is_absent(out[k]))
            out[k] = value_nan();
    return STATUS_OK;
}

enum status
evalmath_scalar(struct stage *inner, const struct node *node, struct stage **out)
{
    *out = math_new(inner->ctx, node, inner->grid, (struct math){.inner = inner});
    (*out)->row = scalar_row;
    return stage_set_one_row(*out);
}

static enum status
vector_row(struct stage *s, size_t i, double *out)
{
    const double *row;
    enum status   rc = stage_pull(((struct math *)s->own)->inner, i, out, &row);
    if (!rc && row != out)
        memcpy(out, row, s->grid.n * sizeof *out);
    return rc;
}

enum status
evalmath_vector(struct stage *inner, const struct node *node, struct stage **out)
{
    *out = math_new(inner->ctx, node, inner->grid, (struct math){.inner = inner});
    (*out)->row = vector_row;
    return stage_set_one_row(*out);
}

static enum status
absent_row(struct stage *s, size_t i, double *out)
{
    struct math *m = s->own;
    double      *buffer = stage_buffer(s);

    for (size_t k = 0; k < s->grid.n; k++)
        out[k] = 1;
    for (i = 0; i < m->inner->rows.n; i++) {
        const double *row;
        enum status   rc = stage_pull(m->inner, i, buffer, &row);
        if (rc)
            return rc;
        for (size_t k = 0; k < s->grid.n; k++)
            if (!value_is_absent(row[k]))
                out[k] = value_absent();
    }
    return STATUS_OK;
}

enum status
evalmath_absent(struct stage *inner, const struct node *node, struct stage **out)
{
    *out = math_new(inner->ctx, node, inner->grid, (struct math){.inner = inner});
    (*out)->row = absent_row;
    return stage_set_one_row(*out);
}

static enum status
timestamp_row(struct stage *s, size_t i, double *out)
{
    const double *row;
    enum status   rc = stage_pull(((struct math *)s->own)->inner, i, out, &row);
    for (size_t k = 0; k < s->grid.n && !rc; k++)
        out[k] = value_is_absent(row[k]) ? row[k] : (double)stage_time(&s->grid, k) / 1000;
    return rc;
}

enum status
evalmath_timestamp(struct stage *inner, const struct node *node, struct stage **out)
{
    struct stage *s = math_new(inner->ctx, node, inner->grid, (struct math){.inner = inner});

    s->row = timestamp_row;
    *out = s;
    s->rows = inner->rows;
    return evaltwins_drop_names(s, EVALTWINS_MERGE, out);
}
