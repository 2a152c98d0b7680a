#include "promql/evalrank.h"

#include "promql/evalgroup.h"
#include "promql/gofloat.h"
#include "promql/floatquantile.h"

#include <math.h>
#include <stdlib.h>

struct rank {
    struct stage    *inner, *param;
    struct evalgroup groups;
    double          *buffer, *matrix; /* the rows of one group */
    const double   **rows;
    double          *values; /* of one group at one step */
    struct ranked   *heap;
    size_t           n_heap;
    uint32_t        *chosen; /* instant: rows in order of rank */
    size_t           n_chosen;
};

struct ranked {
    double   key; /* the value, negated for bottomk: the heap's root is the first to go */
    uint32_t member, place;
};

/* container/heap of Go with Prometheus's order (NaN goes first): among equal
 * values the same ones stay. */
static bool
goes_before(const struct ranked *a, const struct ranked *b)
{
    return isnan(a->key) || a->key < b->key;
}

static void
swap(struct ranked *a, struct ranked *b)
{
    struct ranked t = *a;
    *a = *b;
    *b = t;
}

static void
heap_push(struct rank *r, struct ranked item)
{
    size_t i = r->n_heap++;

    r->heap[i] = item;
    while (i) {
        size_t parent = (i - 1) / 2;
        if (!goes_before(&r->heap[i], &r->heap[parent]))
            return;
        swap(&r->heap[i], &r->heap[parent]);
        i = parent;
    }
}

static void
heap_replace_root(struct rank *r, struct ranked item)
{
    size_t i = 0;

    r->heap[0] = item;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= r->n_heap)
            return;
        if (child + 1 < r->n_heap && goes_before(&r->heap[child + 1], &r->heap[child]))
            child++;
        if (!goes_before(&r->heap[child], &r->heap[i]))
            return;
        swap(&r->heap[i], &r->heap[child]);
        i = child;
    }
}

static int
by_rank(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    if (isnan(a->key) != isnan(b->key))
        return isnan(a->key) ? 1 : -1;
    if (a->key != b->key && !isnan(a->key))
        return a->key > b->key ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

/* The members of a group to keep at a step, in order of rank, in heap. */
static void
choose_step(struct rank *r, enum aggregation_op op, uint32_t size, size_t step, size_t k)
{
    r->n_heap = 0;
    for (uint32_t m = 0; m < size; m++) {
        double v = r->rows[m][step];
        if (value_is_absent(v))
            continue;
        struct ranked item = {op == AGGREGATION_BOTTOMK ? -v : v, m, 0};
        if (r->n_heap < k && op == AGGREGATION_LIMITK)
            r->heap[r->n_heap++] = item;
        else if (r->n_heap < k)
            heap_push(r, item);
        else if (op != AGGREGATION_LIMITK &&
                 (r->heap[0].key < item.key || (isnan(r->heap[0].key) && !isnan(item.key))))
            heap_replace_root(r, item);
    }
    if (op == AGGREGATION_LIMITK)
        return;
    for (size_t i = 0; i < r->n_heap; i++)
        r->heap[i].place = (uint32_t)i;
    qsort(r->heap, r->n_heap, sizeof *r->heap, by_rank);
}

static enum status
pull_group(struct stage *s, struct rank *r, uint32_t group, uint32_t *size)
{
    uint32_t    first = r->groups.first[group];
    enum status rc = stage_poll(s->ctx);

    *size = r->groups.first[group + 1] - first;
    for (uint32_t m = 0; m < *size && !rc; m++)
        rc = stage_pull(r->inner, r->groups.members[first + m], r->matrix + m * s->grid.n,
                        &r->rows[m]);
    return rc;
}

static enum status
take_room(struct stage *s, struct rank *r)
{
    struct arena *arena = s->ctx->arena;
    size_t        most = r->groups.largest;

    r->rows = arena_array(arena, most + 1, sizeof *r->rows);
    r->heap = arena_array(arena, most + 1, sizeof *r->heap);
    r->values = arena_array(arena, most + 1, sizeof *r->values);
    return stage_take(s->ctx, most * s->grid.n, &r->matrix);
}

static enum status
bad_param(struct stage *s, const char *fmt, double v)
{
    struct text number;

    text_init(&number, 400);
    gofloat_put_g(&number, v);
    enum status rc = err_set(s->ctx->err, STATUS_BAD_QUERY, fmt, number.p);
    text_release(&number);
    return rc;
}

/* *none: k is below 1 everywhere, and nothing else is said about it. */
static enum status
check_k(struct stage *s, const double *k, bool *none)
{
    double most = -INFINITY, least = INFINITY;
    bool   odd = false;

    for (size_t i = 0; i < s->grid.n; i++) {
        odd |= isnan(k[i]);
        most = k[i] > most ? k[i] : most;
        least = k[i] < least ? k[i] : least;
    }
    *none = !odd && most < 1;
    if (*none)
        return STATUS_OK;
    if (odd)
        return err_set(s->ctx->err, STATUS_BAD_QUERY, "Parameter value is NaN");
    if (least <= -0x1p63)
        return bad_param(s, "Scalar value %s underflows int64", least);
    if (most >= 0x1p63 - 1024) /* the largest double below 2^63, as upstream has it */
        return bad_param(s, "Scalar value %s overflows int64", most);
    return STATUS_OK;
}

static enum status
choose_group(struct stage *s, struct rank *r, uint32_t group, const double *param)
{
    const uint32_t     *members = r->groups.members + r->groups.first[group];
    enum aggregation_op op = s->node->u.aggregation.op;
    uint32_t            size;
    enum status         rc = pull_group(s, r, group, &size);

    for (size_t step = 0; step < s->grid.n && !rc; step++) {
        if (param[step] < 1)
            continue;
        size_t k = param[step] < size ? (size_t)param[step] : size;
        choose_step(r, op, size, step, k);
        for (size_t i = 0; i < r->n_heap; i++) {
            uint32_t row = members[r->heap[i].member];
            s->held[row * s->grid.n + step] = r->rows[r->heap[i].member][step];
            if (r->chosen)
                r->chosen[r->n_chosen++] = row;
        }
    }
    return rc;
}

static enum status
choose(struct stage *s)
{
    struct rank *r = s->own;
    size_t       n = r->inner->rows.n * s->grid.n;
    bool         none = true;
    enum status  rc = stage_hold(r->param);

    if (!rc)
        rc = check_k(s, r->param->held, &none);
    if (!rc)
        rc = take_room(s, r);
    if (!rc)
        rc = stage_take(s->ctx, n, &s->held);
    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++)
        s->held[i] = value_absent();
    for (uint32_t g = 0; g < r->groups.n && !none && !rc; g++)
        rc = choose_group(s, r, g, r->param->held);
    return rc;
}

/* The rows of an instant query, in order of rank. */
static enum status
choose_now(struct stage *s)
{
    struct rank *r = s->own;
    double      *held;

    r->chosen = arena_array(s->ctx->arena, r->inner->rows.n, sizeof *r->chosen);
    enum status rc = choose(s);
    if (!rc)
        rc = stage_take(s->ctx, r->n_chosen, &held);
    if (rc)
        return rc;
    for (size_t i = 0; i < r->n_chosen; i++)
        held[i] = s->held[r->chosen[i]];
    s->rows = rowset_pick(s->ctx->arena, &r->inner->rows, r->chosen, r->n_chosen);
    s->held = held;
    return STATUS_OK;
}

static enum status
quantile_group(struct stage *s, struct rank *r, uint32_t group, const double *q)
{
    uint32_t    size;
    double     *out = s->held + group * s->grid.n;
    enum status rc = pull_group(s, r, group, &size);

    for (size_t step = 0; step < s->grid.n && !rc; step++) {
        size_t n = 0;
        for (uint32_t m = 0; m < size; m++)
            if (!value_is_absent(r->rows[m][step]))
                r->values[n++] = r->rows[m][step];
        out[step] = n ? floatquantile_of(q[step], r->values, n) : value_absent();
    }
    return rc;
}

static enum status
quantiles(struct stage *s)
{
    struct rank *r = s->own;
    enum status  rc = stage_hold(r->param);

    if (!rc)
        rc = take_room(s, r);
    if (!rc)
        rc = stage_take(s->ctx, s->rows.n * s->grid.n, &s->held);
    for (uint32_t g = 0; g < r->groups.n && !rc; g++)
        rc = quantile_group(s, r, g, r->param->held);
    return rc;
}

/* The worst on either side is told, and NaN. */
static enum status
note_quantiles(struct stage *s)
{
    struct rank *r = s->own;
    enum status  rc = stage_hold(r->param);
    double       worst[] = {0.5, 0.5, 0.5};

    for (size_t step = 0; step < s->grid.n && !rc; step++) {
        double q = r->param->held[step];
        worst[0] = fmax(worst[0], q);
        worst[1] = fmin(worst[1], q);
        worst[2] = isnan(q) ? q : worst[2];
    }
    if (isnan(worst[2])) /* upstream's least and most are NaN as well then, unless infinite */
        for (size_t i = 0; i < 2; i++)
            worst[i] = isinf(worst[i]) ? worst[i] : 0.5;
    for (size_t i = 0; i < ARRAY_LEN(worst) && !rc; i++)
        notes_check_quantile(s->ctx->notes, ast_bare(s->node->u.aggregation.param)->place,
                             worst[i]);
    return rc;
}

/* Whether k will do, be there series or not. */
static enum status
note_k(struct stage *s)
{
    struct rank *r = s->own;
    bool         none;
    enum status  rc = stage_hold(r->param);

    return rc ? rc : check_k(s, r->param->held, &none);
}

enum status
evalrank_new(struct stage *inner, struct stage *param, const struct node *node, struct stage **out)
{
    struct stage *s = stage_new(inner->ctx, node, inner->grid);
    struct rank  *r = arena_new(s->ctx->arena, struct rank);
    bool          quantile = node->u.aggregation.op == AGGREGATION_QUANTILE;

    r->inner = inner;
    r->param = param;
    s->own = r;
    s->fill = quantile ? quantiles : choose;
    s->check = quantile ? note_quantiles : note_k;
    stage_oblige(s);
    *out = s;
    enum status rc = evalgroup_find(inner, node, &r->groups);
    if (rc)
        return rc;
    s->rows = inner->rows;
    if (!quantile)
        return s->grid.n == 1 ? choose_now(s) : STATUS_OK;
    rc = stage_set_rows(s, r->groups.n, r->groups.labels, r->groups.drops);
    s->rows.distinct = true;
    return rc;
}
