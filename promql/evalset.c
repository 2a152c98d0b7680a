#include "promql/evalset.h"

#include "promql/evalmatch.h"
#include "promql/evaltwins.h"

/* Rows come from the left side, and for "or" from the right side too. */
struct set {
    struct stage    *left, *right;
    struct evalmatch match;  /* left and right as they stand */
    size_t           n_left; /* rows of the result that are of the left side */
    uint32_t        *source; /* row of its side, by row of the result */
    bool            *there;  /* by signature and step: the other side has a point */
    double          *buffer;
};

static void
mark(bool *there, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++)
        there[k] |= !value_is_absent(row[k]);
}

/* Where the side that decides has points: the right one for and and unless. */
static enum status
find_right(struct stage *s, struct set *set)
{
    enum status rc = STATUS_OK;

    for (size_t i = 0; i < set->right->rows.n && !rc; i++) {
        const double *row;
        rc = stage_pull(set->right, i, set->buffer, &row);
        if (!rc)
            mark(set->there + set->match.right[i] * s->grid.n, row, s->grid.n);
    }
    return rc;
}

/* For or it is the left side, whose rows are then asked for a second time. */
static enum status
find_left(struct stage *s, struct set *set)
{
    enum status rc = stage_hold(set->left);

    for (size_t i = 0; i < set->left->rows.n && !rc; i++)
        if (set->match.left[i] != EVALMATCH_NONE)
            mark(set->there + (size_t)set->match.left[i] * s->grid.n,
                 set->left->held + i * s->grid.n, s->grid.n);
    return rc;
}

static enum status
find(struct stage *s, struct set *set)
{
    if (set->there)
        return STATUS_OK;
    enum status rc = stage_count(s->ctx, set->match.n * s->grid.n / sizeof(double));
    if (rc)
        return rc;
    set->there = arena_array(s->ctx->arena, set->match.n * s->grid.n + 1, sizeof *set->there);
    return s->node->u.binary.op == BINARY_OR ? find_left(s, set) : find_right(s, set);
}

/* The row where there[] says so, absent elsewhere; all of it without a partner. */
static enum status
masked_row(struct stage *side, uint32_t i, const bool *there, bool keep, double *out)
{
    const double *row;
    enum status   rc = stage_pull(side, i, out, &row);
    for (size_t k = 0; k < side->grid.n && !rc; k++)
        out[k] = !there || there[k] == keep ? row[k] : value_absent();
    return rc;
}

static enum status
set_row(struct stage *s, size_t i, double *out)
{
    struct set    *set = s->own;
    uint32_t       source = set->source[i];
    enum binary_op op = s->node->u.binary.op;
    const bool    *there = NULL;
    enum status    rc = find(s, set);

    if (rc)
        return rc;
    if (i >= set->n_left) {
        there = set->there + set->match.right[source] * s->grid.n;
        return masked_row(set->right, source, there, false, out);
    }
    if (op != BINARY_OR && set->match.left[source] != EVALMATCH_NONE)
        there = set->there + (size_t)set->match.left[source] * s->grid.n;
    return masked_row(set->left, source, there, op == BINARY_AND, out);
}

/* and, unless: rows of the left side, as they are. */
static void
take_left(struct stage *s, struct set *set)
{
    bool partner = s->node->u.binary.op == BINARY_AND;

    for (uint32_t i = 0; i < set->left->rows.n; i++)
        if (!partner || set->match.left[i] != EVALMATCH_NONE)
            set->source[set->n_left++] = i;
    s->rows = rowset_pick(s->ctx->arena, &set->left->rows, set->source, set->n_left);
}

static enum status
take_both(struct stage *s, struct set *set)
{
    size_t    n_left = set->left->rows.n, n = n_left + set->right->rows.n;
    uint32_t *ids = arena_array(s->ctx->arena, n + 1, sizeof *ids);
    bool     *drops = arena_array(s->ctx->arena, n + 1, sizeof *drops);

    set->n_left = n_left;
    for (size_t i = 0; i < n; i++) {
        const struct stage *side = i < n_left ? set->left : set->right;
        size_t              row = i < n_left ? i : i - n_left;
        set->source[i] = (uint32_t)row;
        ids[i] = stage_set_id(side, row);
        drops[i] = side->rows.drops[row];
    }
    enum status rc = stage_set_rows(s, n, ids, drops);
    return rc ? rc : stage_pool_status(s->ctx);
}

enum status
evalset_new(struct stage *lhs, struct stage *rhs, const struct node *node, struct stage **out)
{
    struct stage *s = stage_new(lhs->ctx, node, lhs->grid);
    struct set   *set = arena_new(s->ctx->arena, struct set);
    size_t        most = lhs->rows.n + rhs->rows.n;

    set->left = lhs;
    set->right = rhs;
    set->buffer = stage_buffer(s);
    set->source = arena_array(s->ctx->arena, most + 1, sizeof *set->source);
    s->own = set;
    s->row = set_row;
    *out = s;
    enum status rc = evalmatch_find(node, lhs, rhs, &set->match);
    if (!rc && node->u.binary.op == BINARY_OR)
        rc = take_both(s, set);
    else if (!rc)
        take_left(s, set);
    return rc ? rc : evaltwins_join(s, EVALTWINS_MERGE, out);
}
