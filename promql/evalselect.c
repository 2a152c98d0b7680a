#include "promql/evalselect.h"

/* Beyond all samples, and room for offsets and ranges before it overflows. */
#define FAR_MS (INT64_C(1) << 60)

enum { SELECTORS_SHARE = 4 }; /* eval.h, max_series */
enum { VALUES_PER_LINE = 8, FETCH_VALUES = 16 * VALUES_PER_LINE };

/* What the two kinds of selector know. */
struct select {
    const struct source_series *series;
    int64_t                     min_ms, max_ms; /* samples that any step can see */
    bool                        want_time;

    /* Rows are mostly asked for in order: the next column is fetched while this
     * one is worked on. */
    size_t               scratch[2]; /* of even and odd rows */
    struct source_column ahead;
    size_t               ahead_row; /* 1 + row; 0: none */
    size_t               last_row;  /* 1 + row */

    /* Instant: the sample of each step for the times last seen; series of one
     * scrape share them. */
    const int64_t *seen_t_ms;
    size_t         seen_n;
    uint32_t      *at; /* 1 + index; 0: none */

    /* Range: columns with markers of staleness taken out. */
    int64_t *t_ms;
    double  *v;
    size_t   cap;
};

int64_t
evalselect_at_ms(const struct stage_ctx *ctx, const struct node_timing *timing)
{
    switch (timing->at) {
    case AT_TIME:
        return timing->at_ms > FAR_MS ? FAR_MS : timing->at_ms < -FAR_MS ? -FAR_MS : timing->at_ms;
    case AT_END:
        return ctx->request->end_ms;
    case AT_START:
    case AT_NONE:
        break;
    }
    return ctx->request->start_ms;
}

static enum status
ask_source(struct stage_ctx *ctx, const struct node *node, const struct select *sel,
           struct source_selection *found)
{
    size_t          n = node->u.selector.n, made = 0;
    struct matcher *matchers = arena_array(ctx->arena, n, sizeof *matchers);
    enum status     rc = STATUS_OK;

    while (made < n && !rc) {
        const struct node_matcher *m = &node->u.selector.matchers[made];
        rc = matcher_init(&matchers[made], m->op, m->name, m->value, ctx->err);
        made += !rc;
    }
    if (!rc)
        rc = ctx->reader->select(ctx->reader,
                                 &(struct source_query){
                                     .matchers = matchers,
                                     .n_matchers = n,
                                     .min_ms = sel->min_ms,
                                     .max_ms = sel->max_ms,
                                     .max_series = ctx->request->limits.max_series,
                                     .cancel = ctx->request->cancel,
                                     .clock = ctx->request->clock,
                                     .deadline_ms = ctx->deadline_ms,
                                 },
                                 ctx->arena, found, ctx->err);
    while (made)
        matcher_release(&matchers[--made]);
    return rc;
}

/* One metric: without names all sets still differ. */
static bool
is_one_metric(const struct stage_ctx *ctx, const struct node *selector)
{
    bool typed = ctx->pool->type < LABELS_LOCAL || ctx->pool->unit < LABELS_LOCAL;

    for (size_t i = 0; i < selector->u.selector.n && !typed; i++) {
        const struct node_matcher *m = &selector->u.selector.matchers[i];
        if (m->op == MATCHER_EQUAL && m->value.n && slice_is(m->name, "__name__"))
            return true;
    }
    return false;
}

static enum status
set_rows(struct stage *s, const struct node *selector, const struct source_selection *found)
{
    struct arena  *arena = s->ctx->arena;
    uint32_t      *ids = arena_array(arena, found->n + 1, sizeof *ids);
    struct labels *raw = arena_array(arena, found->n + 1, sizeof *raw);

    for (size_t i = 0; i < found->n; i++) {
        ids[i] = ROWSET_UNKNOWN;
        raw[i] = found->series[i].labels;
    }
    enum status rc = stage_set_rows(s, found->n, ids, NULL);
    s->rows.raw = raw;
    s->rows.distinct = true;
    s->rows.one_metric = is_one_metric(s->ctx, selector);
    return rc;
}

/* Fill in timing and rows of a stage over a selector; span_ms is the lookback
 * or the range, left-open. */
static enum status
select_series(struct stage *s, const struct node *selector, int64_t span_ms)
{
    struct stage_ctx        *ctx = s->ctx;
    struct select           *sel = arena_new(ctx->arena, struct select);
    struct source_selection  found = {0};
    const struct node_timing timing = selector->u.selector.timing;

    s->own = sel;
    s->shift_ms = timing.offset_ms;
    s->range_ms = span_ms;
    s->pinned = timing.at != AT_NONE;
    s->pinned_ms = evalselect_at_ms(ctx, &timing) - timing.offset_ms;
    sel->min_ms = stage_edge(s, 0) - span_ms + 1;
    sel->max_ms = stage_edge(s, s->grid.n ? s->grid.n - 1 : 0);
    sel->scratch[0] = stage_scratch(ctx);
    sel->scratch[1] = stage_scratch(ctx);

    enum status rc = s->grid.n ? ask_source(ctx, selector, sel, &found) : STATUS_OK;
    if (rc)
        return rc;
    sel->series = found.series;
    ctx->stats.series += found.n;
    if (ctx->stats.series > (uint64_t)ctx->request->limits.max_series * SELECTORS_SHARE)
        return err_set(ctx->err, STATUS_LIMIT,
                       "the selectors of the query find more than %zu series together",
                       ctx->request->limits.max_series * SELECTORS_SHARE);
    return set_rows(s, selector, &found);
}

static enum status
ask_column(struct stage *s, size_t i, struct source_column *out)
{
    struct select    *sel = s->own;
    struct stage_ctx *ctx = s->ctx;

    return ctx->reader->read(ctx->reader, &sel->series[i], sel->min_ms, sel->max_ms,
                             &ctx->scratch[sel->scratch[i % 2]], out, ctx->err);
}

static enum status
fetch_ahead(struct stage *s, size_t next)
{
    struct select *sel = s->own;
    enum status    rc = ask_column(s, next, &sel->ahead);

    sel->ahead_row = rc ? 0 : next + 1;
    for (size_t k = 0; k < sel->ahead.n && k < FETCH_VALUES && !rc; k += VALUES_PER_LINE)
        __builtin_prefetch(sel->ahead.value + k);
    return rc;
}

static enum status
read_column(struct stage *s, size_t i, struct source_column *out)
{
    struct select *sel = s->own;
    bool           in_order = i == sel->last_row;
    enum status    rc = stage_poll(s->ctx);

    if (!rc && sel->ahead_row == i + 1) {
        *out = sel->ahead;
    } else if (!rc) {
        sel->ahead_row = 0; /* its scratch may be the one that is written now */
        rc = ask_column(s, i, out);
    }
    sel->last_row = i + 1;
    if (!rc && in_order && i + 1 < s->rows.n)
        rc = fetch_ahead(s, i + 1);
    return rc ? rc : stage_count(s->ctx, out->n);
}

size_t
evalselect_after(const struct source_column *c, size_t from, int64_t t_ms)
{
    size_t step = 1, to = from;

    /* Gallop, then halve: windows mostly move by little. */
    while (to < c->n && c->t_ms[to] <= t_ms) {
        from = to + 1;
        to += step;
        step *= 2;
    }
    if (to > c->n)
        to = c->n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (c->t_ms[mid] <= t_ms)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static bool
lies_in(const struct source_scratch *scratch, const int64_t *t_ms)
{
    return (uintptr_t)t_ms - (uintptr_t)scratch->t_ms < scratch->cap * sizeof *t_ms;
}

/* Scratch is written again for the next series, at the same address. */
static bool
lasts(const struct stage *s, const struct source_column *c)
{
    const struct select *sel = s->own;
    return c->n && !lies_in(&s->ctx->scratch[sel->scratch[0]], c->t_ms) &&
           !lies_in(&s->ctx->scratch[sel->scratch[1]], c->t_ms);
}

/* Which sample each step sees, marker or not. */
static void
find_samples(const struct stage *s, struct select *sel, const struct source_column *c)
{
    size_t after = 0;

    if (sel->seen_t_ms == c->t_ms && sel->seen_n == c->n)
        return;
    for (size_t k = 0; k < s->grid.n; k++) {
        int64_t edge = stage_edge(s, k);
        after = evalselect_after(c, after, edge);
        bool fresh = after && c->t_ms[after - 1] > edge - s->range_ms;
        sel->at[k] = fresh ? (uint32_t)after : 0;
    }
    sel->seen_t_ms = lasts(s, c) ? c->t_ms : NULL;
    sel->seen_n = c->n;
}

static enum status
instant_row(struct stage *s, size_t i, double *out)
{
    struct select       *sel = s->own;
    struct source_column c = {0};
    enum status          rc = read_column(s, i, &c);
    if (rc)
        return rc;
    find_samples(s, sel, &c);
    for (size_t k = 0; k < s->grid.n; k++) {
        size_t at = sel->at[k];
        out[k] = at ? c.value[at - 1] : value_absent(); /* a marker is absent as it is */
        if (sel->want_time && !value_is_absent(out[k]))
            out[k] = (double)c.t_ms[at - 1] / 1000;
    }
    return STATUS_OK;
}

static enum status
new_instant(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid, bool want_time,
            struct stage **out)
{
    struct stage  *s = stage_new(ctx, node, grid);
    enum status    rc = select_series(s, node, ctx->request->lookback_ms);
    struct select *sel = s->own;

    sel->want_time = want_time;
    sel->at = arena_array(ctx->arena, grid.n, sizeof *sel->at);
    s->row = instant_row;
    *out = s;
    return rc;
}

enum status
evalselect_instant(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                   struct stage **out)
{
    return new_instant(ctx, node, grid, false, out);
}

enum status
evalselect_times(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                 struct stage **out)
{
    return new_instant(ctx, node, grid, true, out);
}

/* Without markers of staleness; almost always there are none to copy around. */
static bool
drop_markers(struct stage *s, struct select *sel, struct source_column *c)
{
    size_t kept = 0;

    uint64_t found = 0;
    for (size_t i = 0; i < c->n; i++)
        found |= value_bits(c->value[i]) == VALUE_ABSENT_BITS;
    if (!found)
        return false;
    if (sel->cap < c->n) {
        sel->cap = 2 * c->n;
        sel->t_ms = arena_array(s->ctx->arena, sel->cap, sizeof *sel->t_ms);
        sel->v = arena_array(s->ctx->arena, sel->cap, sizeof *sel->v);
    }
    for (size_t i = 0; i < c->n; i++) {
        if (value_is_absent(c->value[i]))
            continue;
        sel->t_ms[kept] = c->t_ms[i];
        sel->v[kept++] = c->value[i];
    }
    *c = (struct source_column){sel->t_ms, sel->v, kept};
    return true;
}

static enum status
range_column(struct stage *s, size_t i, struct source_column *out, bool *same_times)
{
    enum status rc = read_column(s, i, out);
    *same_times = !rc && !drop_markers(s, s->own, out) && lasts(s, out);
    return rc;
}

enum status
evalselect_range(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid,
                 struct stage **out)
{
    struct stage *s = stage_new(ctx, node, grid);
    s->column = range_column;
    *out = s;
    return select_series(s, node->u.matrix.selector, node->u.matrix.range_ms);
}

enum status
evalselect_window(struct stage *range, size_t i, struct source_column *out)
{
    struct source_column all = {0};
    struct arena        *arena = range->ctx->arena;

    *out = (struct source_column){0};
    bool        same_times;
    enum status rc = range->column(range, i, &all, &same_times);
    if (rc || !range->grid.n)
        return rc;
    int64_t edge = stage_edge(range, 0);
    size_t  from = evalselect_after(&all, 0, edge - range->range_ms);
    size_t  n = evalselect_after(&all, from, edge) - from;
    if (!n)
        return STATUS_OK;
    int64_t *t_ms = arena_array(arena, n, sizeof *t_ms);
    double  *v = arena_array(arena, n, sizeof *v);
    memcpy(t_ms, all.t_ms + from, n * sizeof *t_ms);
    memcpy(v, all.value + from, n * sizeof *v);
    *out = (struct source_column){t_ms, v, n};
    return STATUS_OK;
}
