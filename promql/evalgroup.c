#include "promql/evalgroup.h"

static void
list_members(struct stage *s, struct evalgroup *g)
{
    uint32_t *next = arena_array(s->ctx->arena, g->n + 2, sizeof *next);

    g->members = arena_array(s->ctx->arena, s->rows.n, sizeof *g->members);
    for (size_t i = 0; i < s->rows.n; i++)
        next[g->of_row[i] + 2]++;
    for (uint32_t k = 2; k < g->n + 2; k++) {
        if (next[k] > g->largest)
            g->largest = next[k];
        next[k] += next[k - 1];
    }
    for (size_t i = 0; i < s->rows.n; i++)
        g->members[next[g->of_row[i] + 1]++] = (uint32_t)i;
    g->first = next;
}

void
evalgroup_by_key(struct stage *s, const uint32_t *keys, struct evalgroup *out)
{
    struct arena *arena = s->ctx->arena;
    uint32_t     *seen = arena_array(arena, s->ctx->pool->n_sets + 1, sizeof *seen);

    *out = (struct evalgroup){.of_row = arena_array(arena, s->rows.n, sizeof *out->of_row)};
    for (size_t i = 0; i < s->rows.n; i++) {
        uint32_t *number = &seen[keys[i]];
        if (!*number)
            *number = ++out->n;
        out->of_row[i] = *number - 1;
    }
    out->labels = arena_array(arena, out->n, sizeof *out->labels);
    out->drops = arena_array(arena, out->n, sizeof *out->drops);
    for (size_t i = 0; i < s->rows.n; i++) {
        out->labels[out->of_row[i]] = keys[i];
        out->drops[out->of_row[i]] |= s->rows.drops[i];
    }
    list_members(s, out);
}

enum status
evalgroup_find(struct stage *s, const struct node *aggregation, struct evalgroup *out)
{
    struct labels_pool       *pool = s->ctx->pool;
    const struct node_labels *written = &aggregation->u.aggregation.labels;
    bool                      without = aggregation->u.aggregation.without;
    uint32_t                 *names = arena_array(s->ctx->arena, written->n + 1, sizeof *names);
    uint32_t                 *keys = arena_array(s->ctx->arena, s->rows.n, sizeof *keys);
    size_t                    n = 0;

    for (size_t i = 0; i < written->n; i++)
        names[n++] = labels_symbol(pool, written->at[i]);
    if (without)
        names[n++] = pool->metric_name;
    struct rowset_cut cut = rowset_cut_new(pool, s->ctx->arena, &s->rows, names, n, !without);
    enum status       rc = STATUS_OK;
    for (size_t i = 0; i < s->rows.n && !rc; i++) {
        keys[i] = rowset_cut(pool, &s->rows, &cut, i);
        rc = stage_poll(s->ctx);
    }
    if (!rc)
        rc = stage_pool_status(s->ctx);
    if (!rc)
        evalgroup_by_key(s, keys, out);
    return rc;
}
