#include "promql/stage.h"

#include "base/heap.h"
#include "base/vec.h"

enum { POLL_EVERY = 64 };

struct stage *
stage_new(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid)
{
    struct stage *s = arena_new(ctx->arena, struct stage);
    s->ctx = ctx;
    s->node = node;
    s->grid = grid;
    return s;
}

enum status
stage_set_rows(struct stage *s, size_t n, uint32_t *ids, const bool *drops)
{
    struct stage_ctx *ctx = s->ctx;

    if (n > ctx->request->limits.max_series)
        return err_set(ctx->err, STATUS_LIMIT,
                       "the query would hold %zu series at once, more than the limit of %zu: "
                       "select fewer series or aggregate earlier",
                       n, ctx->request->limits.max_series);
    if (!drops)
        drops = arena_array(ctx->arena, n + 1, sizeof *drops);
    s->rows = (struct rowset){.n = n, .ids = ids, .drops = drops};
    return STATUS_OK;
}

enum status
stage_set_one_row(struct stage *s)
{
    return stage_set_rows(s, 1, arena_new(s->ctx->arena, uint32_t), NULL);
}

uint32_t
stage_set_id(const struct stage *s, size_t row)
{
    return rowset_id(s->ctx->pool, &s->rows, row);
}

enum status
stage_pull(struct stage *s, size_t i, double *out, const double **row)
{
    enum status rc = STATUS_OK;

    *row = out;
    if (!s->held && !s->fill) {
        if (s->obliged && !s->asked)
            s->asked = arena_array(s->ctx->arena, s->rows.n, sizeof *s->asked);
        if (s->asked)
            s->asked[i] = true;
        return s->row(s, i, out);
    }
    if (!s->held)
        rc = s->fill(s);
    if (!rc)
        *row = s->held + i * s->grid.n;
    return rc;
}

enum status
stage_hold(struct stage *s)
{
    double     *held;
    enum status rc;

    if (s->held)
        return STATUS_OK;
    if (s->fill)
        return s->fill(s);
    rc = stage_take(s->ctx, s->rows.n * s->grid.n, &held);
    for (size_t i = 0; i < s->rows.n && !rc; i++)
        rc = s->row(s, i, held + i * s->grid.n);
    if (!rc)
        s->held = held;
    return rc;
}

void
stage_oblige(struct stage *s)
{
    struct stage_ctx *ctx = s->ctx;

    if (ctx->n_obliged == ctx->cap_obliged)
        ctx->obliged =
            vec_grow(ctx->arena, ctx->obliged, &ctx->cap_obliged, sizeof(struct stage *));
    ctx->obliged[ctx->n_obliged++] = s;
    s->obliged = true;
}

static enum status
settle(struct stage *s)
{
    double     *buffer = stage_buffer(s);
    enum status rc = s->check ? s->check(s) : STATUS_OK;

    if (!rc && !s->held && s->fill)
        rc = s->fill(s);
    for (size_t i = 0; i < s->rows.n && !rc && !s->held; i++) {
        if (s->asked && s->asked[i])
            continue;
        rc = stage_poll(s->ctx);
        if (!rc)
            rc = s->row(s, i, buffer);
    }
    return rc;
}

enum status
stage_settle(struct stage_ctx *ctx)
{
    enum status rc = STATUS_OK;

    for (size_t i = 0; i < ctx->n_obliged && !rc; i++)
        rc = settle(ctx->obliged[i]);
    return rc;
}

bool
stage_any(const double *row, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!value_is_absent(row[i]))
            return true;
    return false;
}

double *
stage_buffer(const struct stage *s)
{
    return arena_array(s->ctx->arena, s->grid.n + 1, sizeof(double));
}

enum status
stage_take(struct stage_ctx *ctx, size_t n, double **out)
{
    enum status rc = stage_count(ctx, n);
    if (rc)
        return rc;
    *out = arena_array(ctx->arena, n + 1, sizeof(double)); /* + 1: never NULL, even for no rows */
    return STATUS_OK;
}

enum status
stage_count(struct stage_ctx *ctx, uint64_t samples)
{
    ctx->stats.samples += samples;
    if (ctx->stats.samples > ctx->request->limits.max_samples)
        return err_set(ctx->err, STATUS_LIMIT,
                       "query processing would load too many samples into memory in query "
                       "execution: the limit is %llu",
                       (unsigned long long)ctx->request->limits.max_samples);
    return STATUS_OK;
}

enum status
stage_poll(struct stage_ctx *ctx)
{
    const struct eval_request *r = ctx->request;

    if (r->cancel && atomic_load_explicit(r->cancel, memory_order_relaxed))
        return err_set(ctx->err, STATUS_CANCELLED, "query was canceled in expression evaluation");
    if (ctx->arena->total_bytes - ctx->start_bytes > r->limits.max_memory_bytes)
        return err_set(ctx->err, STATUS_LIMIT,
                       "the query takes more memory than the limit of %zu bytes: select fewer "
                       "series or fewer steps",
                       r->limits.max_memory_bytes);
    if (!r->clock || ctx->polls++ % POLL_EVERY || clock_mono_ms(r->clock) < ctx->deadline_ms)
        return STATUS_OK;
    return err_set(ctx->err, STATUS_TIMEOUT,
                   "query timed out in expression evaluation after %lld ms",
                   (long long)r->limits.timeout_ms);
}

size_t
stage_scratch(struct stage_ctx *ctx)
{
    if (ctx->n_scratch == ctx->cap_scratch) {
        ctx->cap_scratch = ctx->cap_scratch ? 2 * ctx->cap_scratch : 8;
        ctx->scratch = heap_grow(ctx->scratch, ctx->cap_scratch, sizeof *ctx->scratch);
    }
    ctx->scratch[ctx->n_scratch] = (struct source_scratch){0};
    return ctx->n_scratch++;
}

enum status
stage_pool_status(struct stage_ctx *ctx)
{
    if (!ctx->pool->status)
        return STATUS_OK;
    return err_set(ctx->err, ctx->pool->status,
                   "the label sets of the query take more than %zu bytes: select fewer series",
                   ctx->pool->max_bytes);
}

static enum status
repeat_row(struct stage *s, size_t i, double *out)
{
    struct stage *once = s->own;
    const double *value;
    double        at;
    enum status   rc = stage_pull(once, i, &at, &value);
    if (rc)
        return rc;
    for (size_t k = 0; k < s->grid.n; k++)
        out[k] = value[0];
    return STATUS_OK;
}

struct stage *
stage_repeat(struct stage *once, struct stage_grid grid)
{
    struct stage *s = stage_new(once->ctx, once->node, grid);
    s->own = once;
    s->row = repeat_row;
    s->rows = once->rows;
    return s;
}
