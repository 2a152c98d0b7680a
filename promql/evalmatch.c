#include "promql/evalmatch.h"

#include "promql/evalgroup.h"

uint32_t *
evalmatch_names(struct stage_ctx *ctx, const struct node *binary, size_t *n)
{
    const struct node_labels *written = &binary->u.binary.matching;
    uint32_t                 *names = arena_array(ctx->arena, written->n + 1, sizeof *names);

    *n = 0;
    for (size_t i = 0; i < written->n; i++)
        names[(*n)++] = labels_symbol(ctx->pool, written->at[i]);
    if (!binary->u.binary.is_on)
        names[(*n)++] = ctx->pool->metric_name;
    return names;
}

static enum status
signatures(struct stage *s, const struct node *binary, const uint32_t *names, size_t n,
           uint32_t **out)
{
    struct labels_pool *pool = s->ctx->pool;
    uint32_t           *keys = arena_array(s->ctx->arena, s->rows.n, sizeof *keys);
    bool                is_on = binary->u.binary.is_on;

    struct rowset_cut cut = rowset_cut_new(pool, s->ctx->arena, &s->rows, names, n, is_on);
    enum status       rc = STATUS_OK;
    for (size_t i = 0; i < s->rows.n && !rc; i++) {
        keys[i] = rowset_cut(pool, &s->rows, &cut, i);
        rc = stage_poll(s->ctx);
    }
    *out = keys;
    return rc;
}

enum status
evalmatch_find(const struct node *binary, struct stage *left, struct stage *right,
               struct evalmatch *out)
{
    struct stage_ctx *ctx = left->ctx;
    size_t            n_names;
    uint32_t         *names = evalmatch_names(ctx, binary, &n_names);
    uint32_t         *right_keys, *left_keys;
    struct evalgroup  groups;
    enum status       rc = signatures(right, binary, names, n_names, &right_keys);

    if (!rc)
        rc = signatures(left, binary, names, n_names, &left_keys);
    if (!rc)
        rc = stage_pool_status(ctx);
    if (rc)
        return rc;
    evalgroup_by_key(right, right_keys, &groups);
    *out = (struct evalmatch){
        .n = groups.n,
        .right = groups.of_row,
        .left = arena_array(ctx->arena, left->rows.n, sizeof *out->left),
        .right_first = groups.first,
        .right_rows = groups.members,
        .signature = groups.labels,
    };
    uint32_t *number = arena_array(ctx->arena, ctx->pool->n_sets + 1, sizeof *number);
    for (uint32_t g = 0; g < groups.n; g++)
        number[groups.labels[g]] = g + 1;
    for (size_t i = 0; i < left->rows.n; i++)
        out->left[i] = (int64_t)number[left_keys[i]] - 1;
    return STATUS_OK;
}
