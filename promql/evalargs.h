/* evalargs.h - the scalar and string arguments of a function call. */
#ifndef PROMQL_EVALARGS_H
#define PROMQL_EVALARGS_H

#include "promql/evalfn.h"
#include "promql/stage.h"

struct evalargs {
    struct stage_ctx  *ctx;
    struct stage_grid  grid;
    struct evalfn_call call; /* args and strings are set by evalargs_at() */

    /* --- */
    struct stage **scalars; /* in the order of the call */
    double       **rows;
    double        *now; /* the values at one step */
    bool           ready;
};

/* scalars[]: the stages of the scalar arguments; strings are taken from the
 * call itself. */
struct evalargs *evalargs_new(struct stage_ctx *ctx, const struct node *call,
                              struct stage_grid grid, struct stage **scalars, size_t n);

/* Before the first evalargs_at(): evaluates the scalars.  Cheap when repeated. */
enum status evalargs_prepare(struct evalargs *args) MUST_CHECK;

/* Make args->call that of a step. */
static inline const struct evalfn_call *
evalargs_at(struct evalargs *args, size_t step)
{
    args->call.time_ms = stage_time(&args->grid, step);
    for (size_t i = 0; i < args->call.n_args; i++)
        args->now[i] = args->rows[i][step];
    return &args->call;
}

#endif
