#include "promql/evalwindow.h"

#include "promql/evalselect.h"
#include "promql/evaltwins.h"

enum { POLL_SAMPLES = 1 << 14, NEAR = 3 };

/* Samples of step k are [lo[k], hi[k]) of the column. */
struct bounds {
    uint32_t      *lo, *hi;
    const int64_t *seen_t_ms;
    size_t         seen_n;
};

/* Where a column falls: the value before, and the index after. */
struct falls {
    double   *before;
    uint32_t *at;
    size_t    n, cap;
};

struct windows {
    const struct evalfn *fn;
    struct stage        *range;
    struct evalargs     *args;
    struct bounds        bounds;
    struct falls         falls;
    struct evalfn_shape *shapes;  /* by step, where the function has them */
    double              *factors; /* likewise */
    double              *near;    /* likewise: evalfn_near_zero() */
    double              *scratch; /* as long as the longest column so far */
    size_t               cap_scratch;
};

static void
bounds_init(struct bounds *b, const struct stage *range)
{
    b->lo = arena_array(range->ctx->arena, range->grid.n + 1, sizeof *b->lo);
    b->hi = arena_array(range->ctx->arena, range->grid.n + 1, sizeof *b->hi);
}

/* evalselect_after(), for steps that mostly move by a sample or two. */
static inline size_t
after(const struct source_column *c, size_t from, int64_t t_ms)
{
    for (size_t end = from + NEAR; from < end; from++)
        if (from == c->n || c->t_ms[from] > t_ms)
            return from;
    return evalselect_after(c, from, t_ms);
}

/* False: nothing has changed since the last time. */
static bool
bounds_find(struct bounds *b, const struct stage *range, const struct source_column *c,
            bool same_times)
{
    size_t lo = 0, hi = 0;

    if (b->seen_t_ms == c->t_ms && b->seen_n == c->n)
        return false;
    for (size_t k = 0; k < range->grid.n; k++) {
        int64_t edge = stage_edge(range, k);
        lo = after(c, lo, edge - range->range_ms);
        hi = after(c, hi > lo ? hi : lo, edge);
        b->lo[k] = (uint32_t)lo;
        b->hi[k] = (uint32_t)hi;
    }
    b->seen_t_ms = same_times && c->n ? c->t_ms : NULL;
    b->seen_n = c->n;
    return true;
}

static void
falls_find(struct falls *f, struct arena *arena, const struct source_column *c)
{
    unsigned found = 0;

    f->n = 0;
    for (size_t i = 1; i < c->n; i++)
        found |= c->value[i] < c->value[i - 1];
    if (!found)
        return;
    if (f->cap < c->n) {
        f->cap = 2 * c->n;
        f->before = arena_array(arena, f->cap, sizeof *f->before);
        f->at = arena_array(arena, f->cap, sizeof *f->at);
    }
    for (size_t i = 1; i < c->n; i++) {
        if (!(c->value[i] < c->value[i - 1]))
            continue;
        f->before[f->n] = c->value[i - 1];
        f->at[f->n++] = (uint32_t)i;
    }
}

/* The window of a step, but for its falls; false: there is none. */
static inline bool
window_at(const struct windows *w, const struct source_column *c, size_t step,
          struct evalfn_window *window)
{
    uint32_t lo = w->bounds.lo[step], hi = w->bounds.hi[step];

    if (lo >= hi) /* of a column without samples, perhaps, which is nowhere */
        return false;
    window->t_ms = c->t_ms + lo;
    window->v = c->value + lo;
    window->n = hi - lo;
    window->end_ms = stage_edge(w->range, step);
    window->shape = w->shapes ? w->shapes + step : NULL;
    return true;
}

/* Where steps go with the scrapes a window lies as the one before it did. */
static bool
lies_as(const struct evalfn_window *a, const struct evalfn_window *b)
{
    return a->n == b->n && a->end_ms - a->t_ms[0] == b->end_ms - b->t_ms[0] &&
           a->end_ms - a->t_ms[a->n - 1] == b->end_ms - b->t_ms[b->n - 1];
}

static void
find_shapes(struct windows *w, const struct source_column *c)
{
    struct evalfn_window window = {.range_ms = w->range->range_ms}, last = {.n = 0};
    size_t               at = 0; /* the step of the last one */

    for (size_t k = 0; k < w->range->grid.n; k++) {
        if (!window_at(w, c, k, &window) || window.n < 2)
            continue;
        if (last.n && lies_as(&window, &last)) {
            w->shapes[k] = w->shapes[at];
            w->factors[k] = w->factors[at];
            w->near[k] = w->near[at];
        } else {
            w->fn->shape(&window, &w->shapes[k]);
            w->factors[k] = w->fn->factor ? w->fn->factor(&w->shapes[k]) : 0;
            w->near[k] = evalfn_near_zero(&w->shapes[k]);
        }
        last = window;
        at = k;
    }
}

/* All steps of a column without falls, by the ends of their windows: what most
 * of the time goes into when thousands of counters are asked for their rates. */
static void
walk_ends(struct stage *s, const struct source_column *c, double *out, bool *any)
{
    struct windows *w = s->own;
    const uint32_t *lo = w->bounds.lo, *hi = w->bounds.hi;
    const double   *v = c->value, *factors = w->factors, *near = w->near;

    for (size_t k = 0; k < s->grid.n; k++) {
        if (lo[k] + 1 >= hi[k]) {
            out[k] = value_absent();
            continue;
        }
        double first = v[lo[k]], grown = v[hi[k] - 1] - first;
        *any = true;
        if (grown > 0 && first >= 0 && first <= near[k] * grown) {
            struct evalfn_window window = {.range_ms = w->range->range_ms};
            (void)window_at(w, c, k, &window);
            out[k] = w->fn->window(&window, evalargs_at(w->args, k));
        } else {
            out[k] = grown * factors[k];
        }
    }
}

static enum status
walk_steps(struct stage *s, const struct source_column *c, double *out, bool *any)
{
    struct windows      *w = s->own;
    size_t               first = 0, last = 0; /* falls of the window: [first, last) */
    size_t               seen = 0; /* samples in windows since the last look at the clock */
    struct evalfn_window window = {.range_ms = w->range->range_ms, .scratch = w->scratch};

    for (size_t k = 0; k < s->grid.n; k++) {
        if (!window_at(w, c, k, &window)) {
            out[k] = value_absent();
            continue;
        }
        while (first < w->falls.n && w->falls.at[first] <= w->bounds.lo[k])
            first++;
        if (last < first)
            last = first;
        while (last < w->falls.n && w->falls.at[last] < w->bounds.hi[k])
            last++;
        window.falls = w->falls.n ? w->falls.before + first : NULL;
        window.n_falls = last - first;
        out[k] = w->fn->window(&window, evalargs_at(w->args, k));
        *any |= !value_is_absent(out[k]);
        seen += window.n;
        if (seen > POLL_SAMPLES) {
            enum status rc = stage_poll(s->ctx);
            if (rc)
                return rc;
            seen = 0;
        }
    }
    return STATUS_OK;
}

static enum status
window_row(struct stage *s, size_t i, double *out)
{
    struct windows      *w = s->own;
    struct source_column c = {0};
    bool                 same_times, any = false;
    struct labels_pool  *pool = s->ctx->pool;

    enum status rc = evalargs_prepare(w->args);
    if (!rc)
        rc = w->range->column(w->range, i, &c, &same_times);
    if (rc)
        return rc;
    if (bounds_find(&w->bounds, w->range, &c, same_times) && w->shapes)
        find_shapes(w, &c);
    if (w->fn->wants_falls)
        falls_find(&w->falls, s->ctx->arena, &c);
    if (w->fn->wants_scratch && w->cap_scratch < c.n) {
        w->cap_scratch = 2 * c.n;
        w->scratch = arena_array(s->ctx->arena, w->cap_scratch, sizeof *w->scratch);
    }
    if (w->fn->speaks)
        w->args->call.metric =
            labels_text(pool, rowset_get(pool, &w->range->rows, i, pool->metric_name));
    if (w->fn->factor && !w->falls.n)
        walk_ends(s, &c, out, &any);
    else
        rc = walk_steps(s, &c, out, &any);
    if (any && w->fn->series_note)
        w->fn->series_note(&w->args->call);
    return rc ? rc : s->ctx->err->status;
}

static struct windows *
windows_new(struct stage *s, struct stage *range)
{
    struct windows *w = arena_new(s->ctx->arena, struct windows);
    w->range = range;
    bounds_init(&w->bounds, range);
    s->own = w;
    return w;
}

enum status
evalwindow_new(struct evalargs *args, const struct evalfn *fn, struct stage *range,
               struct stage **out)
{
    struct stage   *s = stage_new(args->ctx, args->call.node, args->grid);
    struct windows *w = windows_new(s, range);

    w->fn = fn;
    w->args = args;
    if (fn->shape) {
        w->shapes = arena_array(s->ctx->arena, s->grid.n + 1, sizeof *w->shapes);
        w->factors = arena_array(s->ctx->arena, s->grid.n + 1, sizeof *w->factors);
        w->near = arena_array(s->ctx->arena, s->grid.n + 1, sizeof *w->near);
    }
    s->row = window_row;
    *out = s;
    if (fn->speaks)
        stage_oblige(s);
    s->rows = range->rows;
    if (fn->keeps_name)
        return STATUS_OK;
    return evaltwins_drop_names(s, EVALTWINS_REFUSE, out);
}

enum status
evalwindow_subquery_grid(struct stage_ctx *ctx, const struct node *node, struct stage_grid outer,
                         struct stage_grid *inner)
{
    const struct node_timing *timing = &node->u.subquery.timing;
    int64_t                   step =
        node->u.subquery.step_ms ? node->u.subquery.step_ms : ctx->request->subquery_step_ms;
    int64_t first = outer.start_ms;
    int64_t last = stage_time(&outer, outer.n ? outer.n - 1 : 0);

    if (timing->at != AT_NONE)
        first = last = evalselect_at_ms(ctx, timing);
    first -= timing->offset_ms + node->u.subquery.range_ms;
    last -= timing->offset_ms;

    /* Division truncates towards zero, as Go's does: before 1970 the first
     * multiple may be one step late, and upstream's tests know it. */
    int64_t start = step * (first / step);
    if (start <= first)
        start += step;
    *inner = (struct stage_grid){start, step, 0};
    if (!outer.n || last < start)
        return STATUS_OK;
    inner->n = (size_t)((last - start) / step) + 1;
    if (inner->n > ctx->request->limits.max_points)
        return err_set(ctx->err, STATUS_LIMIT,
                       "a subquery needs %zu steps, more than the limit of %zu: give it a longer "
                       "step or a shorter range",
                       inner->n, ctx->request->limits.max_points);
    return STATUS_OK;
}

struct subquery {
    struct stage *inner;
    int64_t      *times; /* of all inner steps */
    double       *row;
    int64_t      *t_ms; /* of the steps that have a point */
    double       *v;
};

static enum status
subquery_column(struct stage *s, size_t i, struct source_column *out, bool *same_times)
{
    struct subquery *q = s->own;
    size_t           n = q->inner->grid.n, kept = 0;
    const double    *row;
    enum status      rc = stage_pull(q->inner, i, q->row, &row);
    if (!rc)
        rc = stage_count(s->ctx, n);
    if (rc)
        return rc;
    *same_times = true;
    for (size_t k = 0; k < n && *same_times; k++)
        *same_times = !value_is_absent(row[k]);
    if (*same_times) {
        *out = (struct source_column){q->times, row, n};
        return STATUS_OK;
    }
    for (size_t k = 0; k < n; k++) {
        if (value_is_absent(row[k]))
            continue;
        q->t_ms[kept] = q->times[k];
        q->v[kept++] = row[k];
    }
    *out = (struct source_column){q->t_ms, q->v, kept};
    return STATUS_OK;
}

enum status
evalwindow_subquery(struct stage *inner, const struct node *node, struct stage_grid outer,
                    struct stage **out)
{
    struct stage             *s = stage_new(inner->ctx, node, outer);
    struct subquery          *q = arena_new(s->ctx->arena, struct subquery);
    const struct node_timing *timing = &node->u.subquery.timing;
    size_t                    n = inner->grid.n;

    q->inner = inner;
    q->times = arena_array(s->ctx->arena, n + 1, sizeof *q->times);
    q->row = stage_buffer(inner);
    q->t_ms = arena_array(s->ctx->arena, n + 1, sizeof *q->t_ms);
    q->v = arena_array(s->ctx->arena, n + 1, sizeof *q->v);
    for (size_t k = 0; k < n; k++)
        q->times[k] = stage_time(&inner->grid, k);
    s->own = q;
    s->column = subquery_column;
    s->range_ms = node->u.subquery.range_ms;
    s->shift_ms = timing->offset_ms;
    s->pinned = timing->at != AT_NONE;
    s->pinned_ms = evalselect_at_ms(s->ctx, timing) - timing->offset_ms;
    *out = s;
    s->rows = inner->rows;
    return STATUS_OK;
}

static enum status
absent_row(struct stage *s, size_t i, double *out)
{
    struct windows *w = s->own;

    for (size_t k = 0; k < s->grid.n; k++)
        out[k] = 1;
    for (i = 0; i < w->range->rows.n; i++) {
        struct source_column c = {0};
        bool                 same_times;
        enum status          rc = w->range->column(w->range, i, &c, &same_times);
        if (rc)
            return rc;
        (void)bounds_find(&w->bounds, w->range, &c, same_times);
        for (size_t k = 0; k < s->grid.n; k++)
            if (w->bounds.lo[k] != w->bounds.hi[k])
                out[k] = value_absent();
    }
    return STATUS_OK;
}

enum status
evalwindow_absent(struct stage *range, const struct node *node, struct stage **out)
{
    struct stage *s = stage_new(range->ctx, node, range->grid);

    windows_new(s, range);
    s->row = absent_row;
    *out = s;
    return stage_set_one_row(s);
}
