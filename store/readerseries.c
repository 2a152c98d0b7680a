#include "store/readerseries.h"

#include "store/readercore.h"
#include "store/row.h"

static void
bind_page(struct reader *r, enum stmt q, int64_t after)
{
    readercore_start(r);
    stmt_bind_int(&r->stmts, q, 1, after);
    stmt_bind_int(&r->stmts, q, 2, READERSERIES_ROWS);
}

static enum status
emit_series_runs(struct reader *r, enum stmt q, readerseries_run_fn fn, void *ctx, struct err *err)
{
    struct readerseries_run run;
    enum status             s;

    while (!(s = readercore_next(r, q, err))) {
        row_series_run(&r->stmts, q, &run);
        if (!fn(ctx, &run))
            break;
    }
    return readercore_ended(r, q, s);
}

enum status
readerseries_runs(struct reader *r, int64_t after, readerseries_run_fn fn, void *ctx,
                  struct err *err)
{
    bind_page(r, STMT_SERIES_RUNS, after);
    return emit_series_runs(r, STMT_SERIES_RUNS, fn, ctx, err);
}

enum status
readerseries_run(struct reader *r, int64_t row, readerseries_run_fn fn, void *ctx, struct err *err)
{
    readercore_start(r);
    stmt_bind_int(&r->stmts, STMT_SERIES_RUN, 1, row);
    return emit_series_runs(r, STMT_SERIES_RUN, fn, ctx, err);
}

enum status
readerseries_acts(struct reader *r, int64_t after, readerseries_act_fn fn, void *ctx,
                  struct err *err)
{
    struct readerseries_act act;
    enum status             s;

    bind_page(r, STMT_SERIES_ACTS, after);
    while (!(s = readercore_next(r, STMT_SERIES_ACTS, err))) {
        act = (struct readerseries_act){.row = stmt_int(&r->stmts, STMT_SERIES_ACTS, 0),
                                        .run = stmt_int(&r->stmts, STMT_SERIES_ACTS, 1),
                                        .at_ms = stmt_int(&r->stmts, STMT_SERIES_ACTS, 2),
                                        .action = stmt_slice(&r->stmts, STMT_SERIES_ACTS, 3)};
        if (!fn(ctx, &act))
            break;
    }
    return readercore_ended(r, STMT_SERIES_ACTS, s);
}

enum status
readerseries_labels(struct reader *r, int64_t after, readerseries_label_fn fn, void *ctx,
                    struct err *err)
{
    enum status s;

    bind_page(r, STMT_LABEL_TEXTS, after);
    while (!(s = readercore_next(r, STMT_LABEL_TEXTS, err)))
        if (!fn(ctx, stmt_int(&r->stmts, STMT_LABEL_TEXTS, 0),
                stmt_slice(&r->stmts, STMT_LABEL_TEXTS, 1)))
            break;
    return readercore_ended(r, STMT_LABEL_TEXTS, s);
}

enum status
readerseries_first_run(struct reader *r, int64_t *row, struct err *err)
{
    enum status s;

    readercore_start(r);
    s = readercore_next(r, STMT_FIRST_RUN, err);
    if (!s)
        *row = stmt_int(&r->stmts, STMT_FIRST_RUN, 0);
    stmt_reset(&r->stmts, STMT_FIRST_RUN);
    return s;
}

/* Its parameters are bound. */
static enum status
emit_points(struct reader *r, enum stmt q, readerseries_point_fn fn, void *ctx, struct err *err)
{
    enum status s;

    while (!(s = readercore_next(r, q, err))) {
        struct readerseries_point p = {stmt_int(&r->stmts, q, 0), stmt_slice(&r->stmts, q, 1)};

        if (!fn(ctx, &p))
            break;
    }
    return readercore_ended(r, q, s);
}

enum status
readerseries_points_of(struct reader *r, const char *id, readerseries_point_fn fn, void *ctx,
                       struct err *err)
{
    enum status s = readercore_check_id("run", slice_of(id), err);

    if (s)
        return s;
    readercore_start(r);
    stmt_bind_text(&r->stmts, STMT_POINTS_OF_RUN, 1, slice_of(id));
    return emit_points(r, STMT_POINTS_OF_RUN, fn, ctx, err);
}

enum status
readerseries_points(struct reader *r, int64_t run, int64_t from_ms, int64_t to_ms, int level,
                    readerseries_point_fn fn, void *ctx, struct err *err)
{
    enum stmt q = level >= 2   ? STMT_POINTS_BY_SLOT
                  : level == 1 ? STMT_POINTS_BY_MINUTE
                               : STMT_POINTS;

    readercore_start(r);
    stmt_bind_int(&r->stmts, q, 1, run);
    stmt_bind_int(&r->stmts, q, 2, from_ms);
    stmt_bind_int(&r->stmts, q, 3, to_ms);
    return emit_points(r, q, fn, ctx, err);
}
