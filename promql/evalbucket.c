#include "promql/evalbucket.h"

#include "promql/evalgroup.h"
#include "promql/evaltwins.h"
#include "promql/fnbucket.h"
#include "promql/gofloat.h"

#include <math.h>
#include <stdlib.h>

struct buckets {
    struct stage        *inner;
    const struct evalfn *fn;
    struct evalargs     *args;
    struct evalgroup     groups; /* of the rows that have a bound; members by rising bound */
    double              *bound;  /* by row; NaN: none */
    double              *matrix; /* the rows of one histogram */
    const double       **rows;
    double              *bounds, *counts; /* of one histogram at one step */
};

struct bucket {
    double   bound;
    uint32_t row;
};

static int
by_bound(const void *left, const void *right)
{
    const struct bucket *a = left, *b = right;

    if (a->bound != b->bound)
        return a->bound < b->bound ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

static void
sort_members(struct stage *s, struct buckets *b)
{
    struct bucket *sorted = arena_array(s->ctx->arena, b->groups.largest + 1, sizeof *sorted);

    for (uint32_t g = 0; g < b->groups.n; g++) {
        uint32_t *members = b->groups.members + b->groups.first[g];
        uint32_t  n = b->groups.first[g + 1] - b->groups.first[g];
        for (uint32_t i = 0; i < n; i++)
            sorted[i] = (struct bucket){b->bound[members[i]], members[i]};
        qsort(sorted, n, sizeof *sorted, by_bound);
        for (uint32_t i = 0; i < n; i++)
            members[i] = sorted[i].row;
    }
}

static struct slice
metric_of(const struct stage *s, size_t row)
{
    const struct labels_pool *pool = s->ctx->pool;

    if (!s->ctx->request->delayed_names)
        return (struct slice){0};
    return labels_text(pool, rowset_get(pool, &s->rows, row, pool->metric_name));
}

/* A series without a bound is left out, and that is said if it has a point. */
static enum status
warn_of_boundless(struct stage *s, struct buckets *b)
{
    struct labels_pool *pool = s->ctx->pool;
    double             *buffer = stage_buffer(s), bound;
    const struct node  *call = s->node;
    struct place        place = ast_bare(call->u.call.args[call->u.call.n - 1])->place;

    for (size_t i = 0; i < b->inner->rows.n; i++) {
        const double *row;
        if (!isnan(b->bound[i]))
            continue;
        enum status rc = stage_pull(b->inner, i, buffer, &row);
        if (rc)
            return rc;
        struct slice le = labels_text(pool, rowset_get(pool, &b->inner->rows, i, pool->bucket));
        if (stage_any(row, s->grid.n))
            (void)!fnbucket_bound(le, metric_of(b->inner, i), s->ctx->notes, place, &bound);
    }
    return STATUS_OK;
}

/* What is to be said of the arguments, histogram or not. */
static enum status
note_steps(struct stage *s)
{
    struct buckets *b = s->own;
    enum status     rc = evalargs_prepare(b->args);

    for (size_t k = 0; k < s->grid.n && !rc && b->fn->step_note; k++)
        b->fn->step_note(evalargs_at(b->args, k));
    return rc;
}

static enum status
prepare(struct stage *s, struct buckets *b)
{
    struct arena *arena = s->ctx->arena;
    uint32_t      most = b->groups.largest + 1;
    enum status   rc = evalargs_prepare(b->args);

    if (rc || b->rows)
        return rc;
    b->rows = arena_array(arena, most, sizeof *b->rows);
    b->bounds = arena_array(arena, most, sizeof *b->bounds);
    b->counts = arena_array(arena, most, sizeof *b->counts);
    return stage_take(s->ctx, most * s->grid.n, &b->matrix);
}

static enum status
histogram_row(struct stage *s, size_t g, double *out)
{
    struct buckets *b = s->own;
    uint32_t        first = b->groups.first[g], size = b->groups.first[g + 1] - first;
    const uint32_t *members = b->groups.members + first;
    enum status     rc = prepare(s, b);

    for (uint32_t m = 0; m < size && !rc; m++)
        rc = stage_pull(b->inner, members[m], b->matrix + m * s->grid.n, &b->rows[m]);
    if (rc)
        return rc;
    b->args->call.metric = metric_of(b->inner, members[0]);
    for (size_t k = 0; k < s->grid.n; k++) {
        size_t n = 0;
        for (uint32_t m = 0; m < size; m++) {
            if (value_is_absent(b->rows[m][k]))
                continue;
            b->bounds[n] = b->bound[members[m]];
            b->counts[n++] = b->rows[m][k];
        }
        out[k] =
            n ? b->fn->buckets(b->bounds, b->counts, n, evalargs_at(b->args, k)) : value_absent();
    }
    return s->ctx->err->status;
}

/* Rows without a bound belong to no group. */
static enum status
find_histograms(struct stage *s, struct buckets *b)
{
    struct labels_pool *pool = s->ctx->pool;
    struct stage       *inner = b->inner, bounded = *inner;
    uint32_t           *keys = arena_array(s->ctx->arena, inner->rows.n, sizeof *keys);
    uint32_t           *rows = arena_array(s->ctx->arena, inner->rows.n, sizeof *rows);
    bool               *drops = arena_array(s->ctx->arena, inner->rows.n, sizeof *drops);
    size_t              n = 0;
    struct rowset_cut   cut =
        rowset_cut_new(pool, s->ctx->arena, &inner->rows, &pool->bucket, 1, false);

    b->bound = arena_array(s->ctx->arena, inner->rows.n, sizeof *b->bound);
    for (uint32_t i = 0; i < inner->rows.n; i++) {
        struct slice le = labels_text(pool, rowset_get(pool, &inner->rows, i, pool->bucket));
        if (gofloat_parse(le, &b->bound[i]))
            b->bound[i] = NAN;
        if (isnan(b->bound[i]))
            continue;
        keys[n] = rowset_cut(pool, &inner->rows, &cut, i);
        drops[n] = inner->rows.drops[i];
        rows[n++] = i;
    }
    bounded.rows.n = n;
    bounded.rows.drops = drops;
    evalgroup_by_key(&bounded, keys, &b->groups);
    for (size_t i = 0; i < n; i++)
        b->groups.members[i] = rows[b->groups.members[i]];
    sort_members(s, b);
    return stage_pool_status(s->ctx);
}

enum status
evalbucket_new(struct evalargs *args, const struct evalfn *fn, struct stage *inner,
               struct stage **out)
{
    struct stage   *s = stage_new(inner->ctx, args->call.node, inner->grid);
    struct buckets *b = arena_new(s->ctx->arena, struct buckets);

    b->inner = inner;
    b->fn = fn;
    b->args = args;
    s->own = b;
    s->row = histogram_row;
    *out = s;
    enum status rc = find_histograms(s, b);
    if (!rc)
        rc = warn_of_boundless(s, b); /* now: there may be no histogram to ask for */
    s->check = note_steps;
    if (fn->speaks)
        stage_oblige(s);
    if (!rc)
        rc = stage_set_rows(s, b->groups.n, b->groups.labels, b->groups.drops);
    if (rc)
        return rc;
    s->rows.distinct = true;
    s->rows.one_metric = inner->rows.one_metric;
    return evaltwins_drop_names(s, EVALTWINS_MERGE, out);
}
