#include "promql/evalargs.h"

struct evalargs *
evalargs_new(struct stage_ctx *ctx, const struct node *call, struct stage_grid grid,
             struct stage **scalars, size_t n)
{
    struct evalargs *args = arena_new(ctx->arena, struct evalargs);
    size_t           n_args = call->u.call.n;
    struct slice    *strings = arena_array(ctx->arena, n_args + 1, sizeof *strings);

    for (size_t i = 0; i < n_args; i++) {
        const struct node *bare = ast_bare(call->u.call.args[i]);
        if (bare->kind == NODE_STRING)
            strings[args->call.n_strings++] = bare->u.string;
    }
    args->ctx = ctx;
    args->grid = grid;
    args->scalars = scalars;
    args->rows = arena_array(ctx->arena, n + 1, sizeof *args->rows);
    args->now = arena_array(ctx->arena, n + 1, sizeof *args->now);
    args->call.args = args->now;
    args->call.n_args = n;
    args->call.strings = strings;
    args->call.notes = ctx->notes;
    args->call.ctx = ctx;
    args->call.err = ctx->err;
    args->call.node = call;
    return args;
}

enum status
evalargs_prepare(struct evalargs *args)
{
    if (args->ready)
        return STATUS_OK;
    for (size_t i = 0; i < args->call.n_args; i++) {
        enum status rc = stage_hold(args->scalars[i]);
        if (rc)
            return rc;
        args->rows[i] = args->scalars[i]->held;
    }
    args->ready = true;
    return STATUS_OK;
}
