#include "promql/evalaggr.h"

#include "promql/evalgroup.h"
#include "promql/kahan.h"

/* Accumulators by group and step.  Steps of a group that saw nothing stay
 * absent in value. */
struct aggregate {
    struct stage      *inner;
    struct evalgroup   groups;
    double            *value; /* the sum, the extreme, the count; at last the result */
    double            *lost;  /* sum: what the sum lost; stddev: the mean so far */
    double            *count; /* stddev */
    struct kahan_mean *mean;  /* avg */
};

/* The cells of one group, from step 0. */
struct cells {
    double            *value, *lost, *count;
    struct kahan_mean *mean;
};

static void
add_sum(struct cells c, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (value_is_absent(row[k]))
            continue;
        if (value_is_absent(c.value[k])) {
            c.value[k] = row[k];
            continue;
        }
        struct kahan sum = {c.value[k], c.lost[k]};
        kahan_add(&sum, row[k]);
        c.value[k] = sum.sum;
        c.lost[k] = sum.lost;
    }
}

static void
add_avg(struct cells c, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!value_is_absent(row[k]))
            kahan_mean_add(&c.mean[k], row[k]);
}

static void
add_count(struct cells c, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!value_is_absent(row[k]))
            c.value[k] = value_is_absent(c.value[k]) ? 1 : c.value[k] + 1;
}

static void
add_group(struct cells c, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!value_is_absent(row[k]))
            c.value[k] = 1;
}

/* NaN gives way to any number; absent is a NaN. */
static void
add_min(struct cells c, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!value_is_absent(row[k]) && (c.value[k] > row[k] || isnan(c.value[k])))
            c.value[k] = row[k];
}

static void
add_max(struct cells c, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!value_is_absent(row[k]) && (c.value[k] < row[k] || isnan(c.value[k])))
            c.value[k] = row[k];
}

/* Welford's way: value is the sum of squared deviations, lost the mean. */
static void
add_deviation(struct cells c, const double *row, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double v = row[k];
        if (value_is_absent(v))
            continue;
        c.count[k]++;
        if (value_is_absent(c.value[k])) {
            c.lost[k] = v;
            c.value[k] = isfinite(v) ? 0 : value_nan();
            continue;
        }
        double delta = v - c.lost[k];
        c.lost[k] += delta / c.count[k];
        c.value[k] += delta * (v - c.lost[k]);
    }
}

static void
add_row(enum aggregation_op op, struct cells c, const double *row, size_t n)
{
    switch (op) {
    case AGGREGATION_SUM:
        add_sum(c, row, n);
        break;
    case AGGREGATION_AVG:
        add_avg(c, row, n);
        break;
    case AGGREGATION_COUNT:
        add_count(c, row, n);
        break;
    case AGGREGATION_MIN:
        add_min(c, row, n);
        break;
    case AGGREGATION_MAX:
        add_max(c, row, n);
        break;
    case AGGREGATION_GROUP:
        add_group(c, row, n);
        break;
    case AGGREGATION_STDDEV:
    case AGGREGATION_STDVAR:
        add_deviation(c, row, n);
        break;
    case AGGREGATION_TOPK:
    case AGGREGATION_BOTTOMK:
    case AGGREGATION_QUANTILE:
    case AGGREGATION_LIMITK:
    case AGGREGATION_COUNT_VALUES:
    case AGGREGATION_OPS:
        break; /* not of this file */
    }
}

static void
finish(const struct stage *s, struct aggregate *a)
{
    enum aggregation_op op = s->node->u.aggregation.op;
    size_t              n = s->rows.n * s->grid.n;

    for (size_t k = 0; k < n; k++) {
        if (a->mean && a->mean[k].n > 0)
            a->value[k] = kahan_mean_value(&a->mean[k]);
        if (value_is_absent(a->value[k]))
            continue;
        if (op == AGGREGATION_SUM)
            a->value[k] += a->lost[k];
        if (op == AGGREGATION_STDVAR)
            a->value[k] /= a->count[k];
        if (op == AGGREGATION_STDDEV)
            a->value[k] = sqrt(a->value[k] / a->count[k]);
    }
}

static enum status
take_cells(struct stage *s, struct aggregate *a)
{
    enum aggregation_op op = s->node->u.aggregation.op;
    bool                deviation = op == AGGREGATION_STDDEV || op == AGGREGATION_STDVAR;
    size_t              n = s->rows.n * s->grid.n;

    enum status rc = stage_take(s->ctx, n, &a->value);
    if (!rc && (op == AGGREGATION_SUM || deviation))
        rc = stage_take(s->ctx, n, &a->lost);
    if (!rc && deviation)
        rc = stage_take(s->ctx, n, &a->count);
    if (!rc && op == AGGREGATION_AVG) {
        rc = stage_count(s->ctx, n * (sizeof *a->mean / sizeof(double)));
        if (!rc)
            a->mean = arena_array(s->ctx->arena, n + 1, sizeof *a->mean);
    }
    for (size_t k = 0; k < n && !rc; k++)
        a->value[k] = value_absent();
    return rc;
}

static enum status
gather(struct stage *s)
{
    struct aggregate *a = s->own;
    double           *buffer = stage_buffer(s);
    enum status       rc = take_cells(s, a);

    for (size_t i = 0; i < a->inner->rows.n && !rc; i++) {
        const double *row;
        size_t        at = a->groups.of_row[i] * s->grid.n;
        rc = stage_pull(a->inner, i, buffer, &row);
        if (rc)
            break;
        struct cells c = {
            .value = a->value + at,
            .lost = a->lost ? a->lost + at : NULL,
            .count = a->count ? a->count + at : NULL,
            .mean = a->mean ? a->mean + at : NULL,
        };
        add_row(s->node->u.aggregation.op, c, row, s->grid.n);
    }
    if (rc)
        return rc;
    finish(s, a);
    s->held = a->value;
    return STATUS_OK;
}

enum status
evalaggr_new(struct stage *inner, const struct node *node, struct stage **out)
{
    struct stage     *s = stage_new(inner->ctx, node, inner->grid);
    struct aggregate *a = arena_new(s->ctx->arena, struct aggregate);

    a->inner = inner;
    s->own = a;
    s->fill = gather;
    *out = s;
    enum status rc = evalgroup_find(inner, node, &a->groups);
    if (!rc)
        rc = stage_set_rows(s, a->groups.n, a->groups.labels, a->groups.drops);
    s->rows.distinct = true;
    return rc;
}
