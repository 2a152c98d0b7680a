#include "promql/evalcount.h"

#include "base/vec.h"

#include "promql/evalgroup.h"
#include "promql/gofloat.h"
#include "promql/goquote.h"

enum { MAX_VALUE_BYTES = 400 }; /* 309 digits before the point, 325 after it */

struct tally {
    VEC(uint32_t) labels;
    VEC(double *) rows;
    uint32_t *row_of_set; /* 1 + row, by id of the set */
    size_t    n_sets;
};

/* What is counted in which row, with the last answer remembered: values repeat. */
struct counting {
    struct stage *s;
    struct tally  tally;
    uint32_t      label;
    bool          hidden; /* without (label): the value does not show */
    uint64_t      last_bits;
    uint32_t      last_group, last_row; /* 1 + row; 0: nothing yet */
};

static enum status
row_for_set(struct counting *c, uint32_t set, uint32_t *row)
{
    struct tally     *t = &c->tally;
    struct stage_ctx *ctx = c->s->ctx;

    if (set >= t->n_sets) {
        size_t    n = 2 * (size_t)set + 16;
        uint32_t *more = arena_array(ctx->arena, n, sizeof *more);
        if (t->n_sets)
            memcpy(more, t->row_of_set, t->n_sets * sizeof *more);
        t->row_of_set = more;
        t->n_sets = n;
    }
    if (!t->row_of_set[set]) {
        double     *values;
        enum status rc = stage_take(ctx, c->s->grid.n, &values);
        if (rc)
            return rc;
        for (size_t k = 0; k < c->s->grid.n; k++)
            values[k] = value_absent();
        VEC_PUSH(ctx->arena, &t->labels, set);
        VEC_PUSH(ctx->arena, &t->rows, values);
        t->row_of_set[set] = (uint32_t)t->rows.n;
    }
    *row = t->row_of_set[set] - 1;
    return STATUS_OK;
}

static enum status
row_for_value(struct counting *c, uint32_t group, double v, uint32_t *row)
{
    struct labels_pool   *pool = c->s->ctx->pool;
    struct labels_builder b = {0};
    struct text           text;

    if (c->last_row && c->last_group == group && c->last_bits == value_bits(v)) {
        *row = c->last_row - 1;
        return STATUS_OK;
    }
    labels_builder_start(&b, pool, labels_of(pool, group));
    if (!c->hidden) {
        text_init(&text, MAX_VALUE_BYTES);
        gofloat_put(&text, v);
        labels_builder_set(&b, c->label, labels_symbol(pool, text_slice(&text)));
        text_release(&text);
    }
    enum status rc = row_for_set(c, labels_builder_id(&b), row);
    if (!rc)
        rc = stage_pool_status(c->s->ctx);
    c->last_row = *row + 1;
    c->last_group = group;
    c->last_bits = value_bits(v);
    return rc;
}

/* The sets of the groups, without the label that will hold the value. */
static enum status
bare_groups(struct stage *inner, const struct node *node, uint32_t label, struct evalgroup *groups)
{
    struct labels_pool *pool = inner->ctx->pool;
    enum status         rc = evalgroup_find(inner, node, groups);

    for (uint32_t g = 0; g < groups->n && !rc; g++)
        groups->labels[g] = labels_drop(pool, labels_of(pool, groups->labels[g]), &label, 1);
    return rc ? rc : stage_pool_status(inner->ctx);
}

static enum status
count_all(struct counting *c, struct stage *inner, const struct evalgroup *groups)
{
    double     *buffer = stage_buffer(inner);
    enum status rc = STATUS_OK;

    for (size_t i = 0; i < inner->rows.n && !rc; i++) {
        const double *values;
        rc = stage_pull(inner, i, buffer, &values);
        for (size_t k = 0; k < inner->grid.n && !rc; k++) {
            uint32_t row = 0;
            if (value_is_absent(values[k]))
                continue;
            rc = row_for_value(c, groups->labels[groups->of_row[i]], values[k], &row);
            if (rc)
                break;
            double *cell = &c->tally.rows.at[row][k];
            *cell = value_is_absent(*cell) ? 1 : *cell + 1;
        }
    }
    return rc;
}

static enum status
count_row(struct stage *s, size_t i, double *out)
{
    struct counting *c = s->own;

    memcpy(out, c->tally.rows.at[i], s->grid.n * sizeof *out);
    return STATUS_OK;
}

static enum status
bad_label(struct stage_ctx *ctx, struct slice name)
{
    struct text quoted;

    text_init(&quoted, 256);
    goquote_write(&quoted, name);
    enum status rc = err_set(ctx->err, STATUS_BAD_QUERY, "invalid label name %s", quoted.p);
    text_release(&quoted);
    return rc;
}

enum status
evalcount_new(struct stage *inner, const struct node *node, struct stage **out)
{
    struct stage_ctx         *ctx = inner->ctx;
    struct stage             *s = stage_new(ctx, node, inner->grid);
    struct counting          *c = arena_new(ctx->arena, struct counting);
    struct slice              name = ast_bare(node->u.aggregation.param)->u.string;
    const struct node_labels *written = &node->u.aggregation.labels;
    struct evalgroup          groups;

    *out = s;
    s->own = c;
    s->row = count_row;
    if (!labels_name_valid(name))
        return bad_label(ctx, name);
    c->s = s;
    c->label = labels_symbol(ctx->pool, name);
    for (size_t i = 0; i < written->n && node->u.aggregation.without; i++)
        c->hidden |= slice_equal(written->at[i], name);
    enum status rc = bare_groups(inner, node, c->label, &groups);
    if (!rc)
        rc = count_all(c, inner, &groups);
    return rc ? rc : stage_set_rows(s, c->tally.rows.n, c->tally.labels.at, NULL);
}
