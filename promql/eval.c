#include "promql/eval.h"

#include "promql/evalplan.h"
#include "promql/evalselect.h"
#include "promql/evaltwins.h"

#include <stdlib.h>

enum { MAX_LABEL_BYTES = 512 * 1024 * 1024 };

/* Times this far from 1970 leave room for every offset and range. */
#define FAR_MS (INT64_C(1) << 60)

static void
fill_defaults(struct eval_request *r)
{
    struct eval_limits *l = &r->limits;

    if (!r->lookback_ms)
        r->lookback_ms = EVAL_DEFAULT_LOOKBACK_MS;
    if (!r->subquery_step_ms)
        r->subquery_step_ms = EVAL_DEFAULT_SUBQUERY_STEP_MS;
    if (!l->max_samples)
        l->max_samples = EVAL_DEFAULT_SAMPLES;
    if (!l->max_series)
        l->max_series = EVAL_DEFAULT_SERIES;
    if (!l->max_points)
        l->max_points = EVAL_DEFAULT_POINTS;
    if (!l->max_result_bytes)
        l->max_result_bytes = EVAL_DEFAULT_RESULT_BYTES;
    if (!l->max_memory_bytes)
        l->max_memory_bytes = EVAL_DEFAULT_MEMORY_BYTES;
    if (!l->max_depth)
        l->max_depth = EVAL_DEFAULT_DEPTH;
    if (!l->timeout_ms)
        l->timeout_ms = EVAL_DEFAULT_TIMEOUT_MS;
    if (!r->step_ms)
        r->end_ms = r->start_ms;
}

static enum status
check_request(const struct eval_request *r, const struct node *tree, struct err *err)
{
    if (r->step_ms < 0 || r->lookback_ms < 0 || r->subquery_step_ms < 0)
        return err_set(err, STATUS_RANGE,
                       "zero or negative query resolution step widths are not accepted. Try a "
                       "positive integer");
    if (r->start_ms < -FAR_MS || r->end_ms > FAR_MS || r->step_ms > FAR_MS ||
        r->lookback_ms > FAR_MS)
        return err_set(err, STATUS_RANGE, "start, end, step or lookback is out of range");
    if (r->end_ms < r->start_ms)
        return err_set(err, STATUS_RANGE, "end timestamp must not be before start time");
    if (r->step_ms && tree->type != EXPR_SCALAR && tree->type != EXPR_VECTOR)
        return err_set(err, STATUS_RANGE,
                       "invalid expression type \"%s\" for range query, must be Scalar or instant "
                       "Vector",
                       ast_type_text(tree->type));
    uint64_t steps = r->step_ms ? (uint64_t)(r->end_ms - r->start_ms) / (uint64_t)r->step_ms : 0;
    if (steps >= r->limits.max_points)
        return err_set(err, STATUS_LIMIT,
                       "exceeded maximum resolution of %zu points per timeseries. Try decreasing "
                       "the query resolution (?step=XX)",
                       r->limits.max_points);
    if (tree->depth > r->limits.max_depth)
        return err_set(err, STATUS_LIMIT,
                       "the expression is nested %u deep, more than the limit of %u", tree->depth,
                       r->limits.max_depth);
    return STATUS_OK;
}

/* The series of a result being put together. */
struct answer {
    struct stage_ctx    *ctx;
    struct stage        *root;
    struct value_series *series;
    size_t               n;
    size_t               bytes;
    int64_t             *times; /* of all steps; series without gaps share it */
};

static enum status
add_series(struct answer *a, uint32_t set, struct source_column c)
{
    const struct eval_limits *l = &a->ctx->request->limits;

    a->bytes += c.n * (sizeof *c.value + sizeof *c.t_ms) + sizeof(struct value_series) +
                labels_of(a->ctx->pool, set).n * sizeof(struct label);
    if (a->bytes > l->max_result_bytes)
        return err_set(a->ctx->err, STATUS_LIMIT,
                       "the result is larger than the limit of %zu bytes: ask for fewer series or "
                       "a shorter range",
                       l->max_result_bytes);
    a->series[a->n++] = (struct value_series){set, c.t_ms, c.value, c.n};
    return STATUS_OK;
}

/* A row without its gaps; buffer is given back (not used up) where nothing of it
 * is part of the answer. */
static enum status
add_row(struct answer *a, size_t i, double **buffer)
{
    struct stage *root = a->root;
    size_t        n = root->grid.n, present = 0, kept = 0;
    const double *row;
    enum status   rc = stage_pull(root, i, *buffer, &row);

    if (rc)
        return rc;
    for (size_t k = 0; k < n; k++)
        present += !value_is_absent(row[k]);
    if (!present)
        return STATUS_OK;
    struct source_column c = {a->times, row, n};
    if (present < n) {
        int64_t *t_ms = arena_array(a->ctx->arena, present, sizeof *t_ms);
        double  *v = arena_array(a->ctx->arena, present, sizeof *v);
        for (size_t k = 0; k < n; k++) {
            if (value_is_absent(row[k]))
                continue;
            t_ms[kept] = a->times[k];
            v[kept++] = row[k];
        }
        c = (struct source_column){t_ms, v, present};
    } else if (row == *buffer) {
        *buffer = stage_buffer(root);
    }
    return add_series(a, stage_set_id(root, i), c);
}

/* By labels; sets are unique here. */
static void
sort_series(struct answer *a)
{
    struct arena        *arena = a->ctx->arena;
    struct value_series *sorted = arena_array(arena, a->n + 1, sizeof *sorted);
    uint32_t            *ids = arena_array(arena, a->n + 1, sizeof *ids);
    uint32_t            *at = arena_array(arena, a->ctx->pool->n_sets + 1, sizeof *at);

    for (size_t i = 0; i < a->n; i++) {
        ids[i] = a->series[i].labels;
        at[ids[i]] = (uint32_t)i;
    }
    labels_sort(a->ctx->pool, ids, a->n);
    for (size_t i = 0; i < a->n; i++)
        sorted[i] = a->series[at[ids[i]]];
    a->series = sorted;
}

static enum status
answer_ranges(struct answer *a)
{
    struct stage *root = a->root;
    enum status   rc = STATUS_OK;

    a->series = arena_array(a->ctx->arena, root->rows.n + 1, sizeof *a->series);
    for (size_t i = 0; i < root->rows.n && !rc; i++) {
        struct source_column c;
        uint32_t             set = stage_set_id(root, i);
        if (root->rows.drops[i])
            set = labels_drop_name(a->ctx->pool, labels_of(a->ctx->pool, set));
        rc = evalselect_window(root, i, &c);
        if (!rc && c.n)
            rc = add_series(a, set, c);
    }
    if (rc)
        return rc;
    bool *seen = arena_array(a->ctx->arena, a->ctx->pool->n_sets + 1, sizeof *seen);
    for (size_t i = 0; i < a->n; i++) {
        if (seen[a->series[i].labels])
            return err_set(a->ctx->err, STATUS_BAD_QUERY,
                           "vector cannot contain metrics with the same labelset");
        seen[a->series[i].labels] = true;
    }
    sort_series(a);
    return stage_pool_status(a->ctx);
}

static enum status
answer_rows(struct answer *a)
{
    enum status rc = evaltwins_finish(a->root, &a->root);
    if (rc)
        return rc;
    struct stage *root = a->root;
    double       *buffer = stage_buffer(root);
    a->series = arena_array(a->ctx->arena, root->rows.n + 1, sizeof *a->series);
    a->times = arena_array(a->ctx->arena, root->grid.n + 1, sizeof *a->times);
    for (size_t k = 0; k < root->grid.n; k++)
        a->times[k] = stage_time(&root->grid, k);
    for (size_t i = 0; i < root->rows.n && !rc; i++)
        rc = add_row(a, i, &buffer);
    if (!rc && a->ctx->request->step_ms)
        sort_series(a);
    return rc;
}

static enum status
evaluate(struct stage_ctx *ctx, const struct node *tree, struct value *out)
{
    const struct eval_request *r = ctx->request;
    struct stage_grid          grid = {r->start_ms, r->step_ms ? r->step_ms : 1, 1};
    struct answer              a = {.ctx = ctx};

    if (r->step_ms)
        grid.n = (size_t)((r->end_ms - r->start_ms) / r->step_ms) + 1;
    out->t_ms = r->start_ms;
    if (tree->type == EXPR_STRING) {
        out->kind = VALUE_STRING;
        out->string = arena_slice(ctx->arena, ast_bare(tree)->u.string);
        return STATUS_OK;
    }
    enum status rc = evalplan_build(ctx, tree, grid, &a.root);
    if (!rc)
        rc = tree->type == EXPR_MATRIX ? answer_ranges(&a) : answer_rows(&a);
    if (!rc)
        rc = stage_settle(ctx);
    if (rc)
        return rc;
    out->kind = r->step_ms || tree->type == EXPR_MATRIX ? VALUE_MATRIX
                : tree->type == EXPR_SCALAR             ? VALUE_SCALAR
                                                        : VALUE_VECTOR;
    out->series = a.series;
    out->n_series = a.n;
    if (out->kind == VALUE_SCALAR)
        out->scalar = a.series[0].v[0];
    return STATUS_OK;
}

/* The error of the whole: a source may fail without words. */
static enum status
tell(enum status rc, const struct err *from, struct err *err)
{
    if (!rc)
        return STATUS_OK;
    return err_set(err, rc, "%s", from->status ? from->text : status_text(rc));
}

enum status
eval_run(const struct node *tree, struct slice query, const struct source *source,
         const struct eval_request *request, struct arena *arena, struct eval_result *result,
         struct err *err)
{
    struct err          own = {0};
    struct eval_request full = *request;
    struct stage_ctx    ctx = {
           .arena = arena,
           .request = &full,
           .err = &own,
           .start_bytes = arena->total_bytes,
    };

    *result = (struct eval_result){.notes = {.arena = arena, .query = query}};
    fill_defaults(&full);
    enum status rc = check_request(&full, tree, &own);
    if (!rc)
        rc = source->open(source->self, &result->reader, &own);
    if (rc)
        return tell(rc, &own, err);
    result->pool = arena_new(arena, struct labels_pool);
    labels_pool_init(result->pool, arena, result->reader->symbols, MAX_LABEL_BYTES);
    ctx.pool = result->pool;
    ctx.reader = result->reader;
    ctx.notes = &result->notes;
    ctx.keep_twins = full.delayed_names && !full.step_ms;
    if (full.clock)
        ctx.deadline_ms = clock_mono_ms(full.clock) + full.limits.timeout_ms;

    rc = evaluate(&ctx, tree, &result->value);
    notes_finish(&result->notes);
    result->stats = ctx.stats;
    for (size_t i = 0; i < ctx.n_scratch; i++)
        source_scratch_release(&ctx.scratch[i]);
    free(ctx.scratch);
    return tell(rc, &own, err);
}

void
eval_close(struct eval_result *result)
{
    if (result->reader)
        result->reader->close(result->reader);
    result->reader = NULL;
}
