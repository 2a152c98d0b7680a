#include "promql/rate.h"

/* As Go's Duration.Seconds() rounds it. */
static double
seconds(int64_t ms)
{
    return (double)(ms / 1000) + (double)(ms % 1000 * 1000000) / 1e9;
}

/* What a counter grew by between its first and its last sample. */
static double
counted(const struct evalfn_window *w)
{
    double grown = w->v[w->n - 1] - w->v[0];

    for (size_t i = 0; i < w->n_falls; i++)
        grown += w->falls[i];
    return grown;
}

void
rate_shape(const struct evalfn_window *w, struct evalfn_shape *out)
{
    double sampled = (double)(w->t_ms[w->n - 1] - w->t_ms[0]) / 1000;
    double distance = sampled / (double)(w->n - 1);
    double far = distance * 1.1;

    out->to_start = (double)(w->t_ms[0] - (w->end_ms - w->range_ms)) / 1000;
    out->to_end = (double)(w->end_ms - w->t_ms[w->n - 1]) / 1000;
    if (out->to_start >= far)
        out->to_start = distance / 2;
    if (out->to_end >= far)
        out->to_end = distance / 2;
    out->sampled = sampled;
    out->range = seconds(w->range_ms);
}

/* By how much to stretch what lies between first and last sample.  A counter's
 * line is not drawn below zero: where it would be, the series began there. */
static double
stretch(const struct evalfn_window *w, const struct evalfn_shape *shape, bool counter, double grown)
{
    double to_start = shape->to_start;

    if (counter && grown > 0 && w->v[0] >= 0) {
        double to_zero = shape->sampled * (w->v[0] / grown);

        if (to_zero < to_start)
            to_start = to_zero;
    }
    return shape->sampled == 0 ? 1 : (shape->sampled + to_start + shape->to_end) / shape->sampled;
}

double
rate_factor(const struct evalfn_shape *s)
{
    return s->sampled == 0 ? 1 : (s->sampled + s->to_start + s->to_end) / s->sampled;
}

double
rate_factor_per_second(const struct evalfn_shape *s)
{
    return rate_factor(s) / s->range;
}

static const struct evalfn_shape *
shape_of(const struct evalfn_window *w, struct evalfn_shape *own)
{
    if (w->shape)
        return w->shape;
    rate_shape(w, own);
    return own;
}

double
rate_per_second(const struct evalfn_window *w)
{
    const struct evalfn_shape *shape;
    struct evalfn_shape        own;
    double                     grown;

    if (w->n < 2)
        return value_absent();
    shape = shape_of(w, &own);
    grown = counted(w);
    return grown * (stretch(w, shape, true, grown) / shape->range);
}

double
rate_increase(const struct evalfn_window *w)
{
    struct evalfn_shape own;
    double              grown;

    if (w->n < 2)
        return value_absent();
    grown = counted(w);
    return grown * stretch(w, shape_of(w, &own), true, grown);
}

double
rate_delta(const struct evalfn_window *w)
{
    struct evalfn_shape own;
    double              moved;

    if (w->n < 2)
        return value_absent();
    moved = w->v[w->n - 1] - w->v[0];
    return moved * stretch(w, shape_of(w, &own), false, moved);
}

double
rate_instant(const struct evalfn_window *w)
{
    const double *last = w->v + w->n - 1;
    int64_t       apart_ms;

    if (w->n < 2)
        return value_absent();
    apart_ms = w->t_ms[w->n - 1] - w->t_ms[w->n - 2];
    if (apart_ms == 0)
        return value_absent();
    return (last[0] < last[-1] ? last[0] : last[0] - last[-1]) / ((double)apart_ms / 1000);
}

double
rate_instant_delta(const struct evalfn_window *w)
{
    if (w->n < 2 || w->t_ms[w->n - 1] == w->t_ms[w->n - 2])
        return value_absent();
    return w->v[w->n - 1] - w->v[w->n - 2];
}
