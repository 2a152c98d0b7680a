#include "promql/evallabel.h"

#include "promql/evaltwins.h"

static enum status
same_row(struct stage *s, size_t i, double *out)
{
    const double *row;
    enum status   rc = stage_pull(s->own, i, out, &row);
    if (!rc && row != out)
        memcpy(out, row, s->grid.n * sizeof *out);
    return rc;
}

static enum status
set_rows(struct stage *s, const struct evalfn_row *rows, size_t n)
{
    uint32_t *ids = arena_array(s->ctx->arena, n + 1, sizeof *ids);
    bool     *drops = arena_array(s->ctx->arena, n + 1, sizeof *drops);

    for (size_t i = 0; i < n; i++) {
        ids[i] = rows[i].labels;
        drops[i] = rows[i].drop_name;
    }
    return stage_set_rows(s, n, ids, drops);
}

enum status
evallabel_rewrite(struct evalargs *args, const struct evalfn *fn, struct stage *inner,
                  struct stage **out)
{
    struct stage      *s = stage_new(inner->ctx, args->call.node, inner->grid);
    size_t             n = inner->rows.n;
    struct evalfn_row *rows = arena_array(s->ctx->arena, n + 1, sizeof *rows);

    s->own = inner;
    s->row = same_row;
    *out = s;
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct evalfn_row){stage_set_id(inner, i), inner->rows.drops[i], 0};
    enum status rc = fn->relabel(rows, n, s->ctx->pool, s->ctx->arena, &args->call, s->ctx->err);
    if (!rc)
        rc = stage_pool_status(s->ctx);
    if (!rc)
        rc = set_rows(s, rows, n);
    return rc ? rc : evaltwins_join(s, EVALTWINS_MERGE_NOW, out);
}

/* One pass of a merge sort, runs of length "run"; stable. */
static enum status
merge_runs(const struct evalfn_row *from, struct evalfn_row *to, size_t n, size_t run,
           const struct evalfn *fn, const struct labels_pool *pool, const struct evalfn_call *call)
{
    enum status rc = STATUS_OK;

    for (size_t start = 0; start < n && !rc; start += 2 * run) {
        size_t a = start, mid = start + run < n ? start + run : n, b = mid;
        size_t end = mid + run < n ? mid + run : n;
        for (size_t k = start; k < end && !rc; k++) {
            bool right = a == mid || (b < end && fn->before(&from[b], &from[a], pool, call));
            to[k] = right ? from[b++] : from[a++];
            rc = stage_poll(call->ctx);
        }
    }
    return rc;
}

static enum status
sort_rows(struct evalargs *args, const struct evalfn *fn, struct evalfn_row **at, size_t n)
{
    enum status        rc = STATUS_OK;
    struct evalfn_row *rows = *at;
    struct evalfn_row *other = arena_array(args->ctx->arena, n + 1, sizeof *other);

    for (size_t run = 1; run < n && !rc; run *= 2) {
        rc = merge_runs(rows, other, n, run, fn, args->ctx->pool, evalargs_at(args, 0));
        struct evalfn_row *done = other;
        other = rows;
        rows = done;
    }
    *at = rows;
    return rc;
}

static enum status
order_now(struct evalargs *args, const struct evalfn *fn, struct stage *inner, struct stage *s)
{
    struct evalfn_row *rows = arena_array(s->ctx->arena, inner->rows.n + 1, sizeof *rows);
    size_t             n = 0;
    enum status        rc = stage_hold(inner);

    if (!rc)
        rc = evalargs_prepare(args);
    for (size_t i = 0; i < inner->rows.n && !rc; i++)
        if (!value_is_absent(inner->held[i]))
            rows[n++] =
                (struct evalfn_row){stage_set_id(inner, i), inner->rows.drops[i], inner->held[i]};
    if (!rc)
        rc = stage_take(s->ctx, n, &s->held);
    if (!rc)
        rc = sort_rows(args, fn, &rows, n);
    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++)
        s->held[i] = rows[i].value;
    rc = set_rows(s, rows, n);
    return rc ? rc : s->ctx->err->status;
}

enum status
evallabel_order(struct evalargs *args, const struct evalfn *fn, struct stage *inner, bool in_range,
                struct stage **out)
{
    struct stage *s = stage_new(inner->ctx, args->call.node, inner->grid);

    *out = s;
    if (s->grid.n == 1 && !in_range)
        return order_now(args, fn, inner, s);
    if (fn->range_warning && s->grid.n) /* a subquery may have no step at all */
        notes_add(s->ctx->notes, NOTE_WARNING, s->node->place, "%s", fn->range_warning);
    s->own = inner;
    s->row = same_row;
    s->rows = inner->rows;
    return STATUS_OK;
}
