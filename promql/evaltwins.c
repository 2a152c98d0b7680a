#include "promql/evaltwins.h"

struct twins {
    struct stage      *from;
    enum evaltwins_how how;
    uint32_t          *first, *members; /* of row k: members[first[k]] .. members[first[k + 1]) */
    double            *buffer;
};

static enum status
refuse(struct stage *s)
{
    return err_set(s->ctx->err, STATUS_BAD_QUERY,
                   "vector cannot contain metrics with the same labelset");
}

static enum status
unite_row(struct stage *s, struct twins *tw, uint32_t member, bool *any, double *out)
{
    const double *row;
    enum status   rc = stage_pull(tw->from, member, tw->buffer, &row);
    if (rc || !stage_any(row, s->grid.n))
        return rc;
    if (*any && tw->how == EVALTWINS_REFUSE)
        return refuse(s);
    *any = true;
    for (size_t k = 0; k < s->grid.n; k++) {
        if (value_is_absent(row[k]))
            continue;
        if (!value_is_absent(out[k]))
            return refuse(s);
        out[k] = row[k];
    }
    return STATUS_OK;
}

static enum status
twins_row(struct stage *s, size_t i, double *out)
{
    struct twins *tw = s->own;
    bool          any = false;
    enum status   rc = STATUS_OK;

    if (tw->first[i + 1] - tw->first[i] == 1) {
        const double *row;
        rc = stage_pull(tw->from, tw->members[tw->first[i]], out, &row);
        if (!rc && row != out)
            memcpy(out, row, s->grid.n * sizeof *out);
        return rc;
    }
    for (size_t k = 0; k < s->grid.n; k++)
        out[k] = value_absent();
    for (uint32_t m = tw->first[i]; m < tw->first[i + 1] && !rc; m++)
        rc = unite_row(s, tw, tw->members[m], &any, out);
    return rc;
}

/* Rows by label set: sets are numbered in order of first sight. */
static size_t
number_sets(const struct stage *s, uint32_t *set_of_row)
{
    uint32_t *seen;
    size_t    n = 0;

    for (size_t i = 0; i < s->rows.n; i++)
        set_of_row[i] = stage_set_id(s, i);
    seen = arena_array(s->ctx->arena, s->ctx->pool->n_sets + 1, sizeof *seen);
    for (size_t i = 0; i < s->rows.n; i++) {
        uint32_t *number = &seen[set_of_row[i]];
        if (!*number)
            *number = (uint32_t)++n;
        set_of_row[i] = *number - 1;
    }
    return n;
}

bool
evaltwins_distinct(const struct stage *s)
{
    uint32_t *set_of_row;

    if (s->rows.distinct)
        return true;
    set_of_row = arena_array(s->ctx->arena, s->rows.n, sizeof *set_of_row);
    return number_sets(s, set_of_row) == s->rows.n;
}

enum status
evaltwins_join(struct stage *s, enum evaltwins_how how, struct stage **out)
{
    struct arena *arena = s->ctx->arena;

    *out = s;
    if (s->rows.n < 2 || s->rows.distinct || (s->ctx->keep_twins && how == EVALTWINS_MERGE))
        return STATUS_OK;
    uint32_t *set_of_row = arena_array(arena, s->rows.n, sizeof *set_of_row);
    size_t    n = number_sets(s, set_of_row);
    if (n == s->rows.n)
        return STATUS_OK;

    struct twins *tw = arena_new(arena, struct twins);
    struct stage *joined = stage_new(s->ctx, s->node, s->grid);
    tw->from = s;
    tw->how = how;
    tw->buffer = stage_buffer(s);
    tw->first = arena_array(arena, n + 2, sizeof *tw->first);
    tw->members = arena_array(arena, s->rows.n, sizeof *tw->members);
    for (size_t i = 0; i < s->rows.n; i++)
        tw->first[set_of_row[i] + 2]++;
    for (size_t k = 2; k < n + 2; k++)
        tw->first[k] += tw->first[k - 1];
    for (size_t i = 0; i < s->rows.n; i++)
        tw->members[tw->first[set_of_row[i] + 1]++] = (uint32_t)i;
    joined->own = tw;
    joined->row = twins_row;
    stage_oblige(joined);
    *out = joined;
    uint32_t *lead = arena_array(arena, n, sizeof *lead);
    for (size_t k = 0; k < n; k++)
        lead[k] = tw->members[tw->first[k]];
    joined->rows = rowset_pick(arena, &s->rows, lead, n);
    joined->rows.distinct = true;
    return stage_pool_status(s->ctx);
}

enum status
evaltwins_drop_names(struct stage *s, enum evaltwins_how how, struct stage **out)
{
    struct arena *arena = s->ctx->arena;

    *out = s;
    if (s->ctx->request->delayed_names) {
        if (s->rows.n && !memchr(s->rows.drops, false, s->rows.n))
            return STATUS_OK;
        bool *drops = arena_array(arena, s->rows.n + 1, sizeof *drops);
        memset(drops, true, s->rows.n);
        s->rows.drops = drops;
        return STATUS_OK;
    }
    s->rows = rowset_nameless(s->ctx->pool, arena, &s->rows);
    enum status rc = stage_pool_status(s->ctx);
    return rc ? rc : evaltwins_join(s, how, out);
}

enum status
evaltwins_finish(struct stage *s, struct stage **out)
{
    struct labels_pool *pool = s->ctx->pool;
    uint32_t           *ids = arena_array(s->ctx->arena, s->rows.n + 1, sizeof *ids);
    bool                changed = false;

    for (size_t i = 0; i < s->rows.n; i++) {
        ids[i] = stage_set_id(s, i);
        if (!s->rows.drops[i])
            continue;
        ids[i] = labels_drop_name(pool, labels_of(pool, ids[i]));
        changed = true;
    }
    s->ctx->keep_twins = false;
    if (changed)
        s->rows = (struct rowset){.n = s->rows.n, .ids = ids, .drops = s->rows.drops};
    enum status rc = stage_pool_status(s->ctx);
    return rc ? rc : evaltwins_join(s, EVALTWINS_MERGE, out);
}
