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
    uint32_t *seen = arena_array(s->ctx->arena, s->ctx->pool->n_sets + 1, sizeof *seen);
    size_t    n = 0;

    for (size_t i = 0; i < s->n_rows; i++) {
        uint32_t *number = &seen[s->labels[i]];
        if (!*number)
            *number = (uint32_t)++n;
        set_of_row[i] = *number - 1;
    }
    return n;
}

bool
evaltwins_distinct(const struct stage *s)
{
    uint32_t *set_of_row = arena_array(s->ctx->arena, s->n_rows, sizeof *set_of_row);

    return number_sets(s, set_of_row) == s->n_rows;
}

enum status
evaltwins_join(struct stage *s, enum evaltwins_how how, struct stage **out)
{
    struct arena *arena = s->ctx->arena;

    *out = s;
    if (s->n_rows < 2 || (s->ctx->keep_twins && how == EVALTWINS_MERGE))
        return STATUS_OK;
    uint32_t *set_of_row = arena_array(arena, s->n_rows, sizeof *set_of_row);
    size_t    n = number_sets(s, set_of_row);
    if (n == s->n_rows)
        return STATUS_OK;

    struct twins *tw = arena_new(arena, struct twins);
    struct stage *joined = stage_new(s->ctx, s->node, s->grid);
    tw->from = s;
    tw->how = how;
    tw->buffer = stage_buffer(s);
    tw->first = arena_array(arena, n + 2, sizeof *tw->first);
    tw->members = arena_array(arena, s->n_rows, sizeof *tw->members);
    for (size_t i = 0; i < s->n_rows; i++)
        tw->first[set_of_row[i] + 2]++;
    for (size_t k = 2; k < n + 2; k++)
        tw->first[k] += tw->first[k - 1];
    for (size_t i = 0; i < s->n_rows; i++)
        tw->members[tw->first[set_of_row[i] + 1]++] = (uint32_t)i;
    joined->own = tw;
    joined->row = twins_row;
    *out = joined;
    enum status rc = stage_set_rows(joined, n);
    for (size_t k = 0; k < n && !rc; k++) {
        joined->labels[k] = s->labels[tw->members[tw->first[k]]];
        joined->drops[k] = s->drops[tw->members[tw->first[k]]];
    }
    return rc;
}

enum status
evaltwins_drop_names(struct stage *s, enum evaltwins_how how, struct stage **out)
{
    struct labels_pool *pool = s->ctx->pool;

    *out = s;
    if (s->ctx->request->delayed_names) {
        if (s->n_rows)
            memset(s->drops, true, s->n_rows * sizeof *s->drops);
        return STATUS_OK;
    }
    for (size_t i = 0; i < s->n_rows; i++)
        s->labels[i] = labels_drop_name(pool, labels_of(pool, s->labels[i]));
    enum status rc = stage_pool_status(s->ctx);
    return rc ? rc : evaltwins_join(s, how, out);
}

enum status
evaltwins_finish(struct stage *s, struct stage **out)
{
    struct labels_pool *pool = s->ctx->pool;

    for (size_t i = 0; i < s->n_rows; i++)
        if (s->drops[i])
            s->labels[i] = labels_drop_name(pool, labels_of(pool, s->labels[i]));
    s->ctx->keep_twins = false;
    enum status rc = stage_pool_status(s->ctx);
    return rc ? rc : evaltwins_join(s, EVALTWINS_MERGE, out);
}
