#include "tests/support/promworld.h"

#include "promql/value.h"

#include <assert.h>
#include <math.h>

static uint64_t
pick(struct promgen *g, uint64_t n)
{
    return g->pick(g->self, n);
}

static const char *const xs[] = {"1", "2", "10"}, *const ys[] = {"p", "q", ""};
static const char *const les[] = {"0.1", "1", "5e0", "+Inf"};

static double
sample(struct promgen *g, bool calm, double last, bool counter)
{
    static const double odd[] = {0, -0., 1e-300, 1e300, -1e9, INFINITY, -INFINITY, NAN};

    if (!calm && pick(g, 24) == 0) {
        size_t i = pick(g, ARRAY_LEN(odd) + 1);
        return i < ARRAY_LEN(odd) ? odd[i] : -value_absent(); /* a NaN, and no marker */
    }
    if (!calm && pick(g, 24) == 0)
        return value_absent(); /* a marker of staleness */
    if (!counter)
        return (double)pick(g, 2001) / 8 - 125;
    if (pick(g, 12) == 0 || !isfinite(last))
        return (double)pick(g, 5);
    return last + (double)pick(g, 30);
}

static void
add_series(struct promgen *g, struct memsource *m, const char *name, const char *x, const char *y,
           const char *le, bool calm)
{
    const struct memsource_label labels[] = {
        {SLICE_LITERAL("__name__"), slice_of(name)},
        {SLICE_LITERAL("x"), slice_of(x)},
        {SLICE_LITERAL("y"), slice_of(y)},
        {SLICE_LITERAL("le"), slice_of(le)},
    };
    bool       counter = name[1] == '_';
    int64_t    t_ms = (int64_t)pick(g, 300) * 997, step_ms = 5000 + (int64_t)pick(g, 12) * 5003;
    double     v = (double)pick(g, 100);
    struct err err = {0};
    size_t     series;

    if (memsource_series(m, labels, ARRAY_LEN(labels), &series, &err) != STATUS_OK)
        assert(false);
    for (; t_ms <= PROMWORLD_END_MS; t_ms += step_ms) {
        if (pick(g, 20) == 0)
            t_ms += (int64_t)pick(g, 500) * 1000;
        if (memsource_add(m, series, t_ms, v, &err) != STATUS_OK)
            assert(false);
        v = sample(g, calm, v, counter);
    }
}

void
promworld_fill(struct promgen *g, struct memsource *m, bool calm)
{
    static const char *const names[] = {"a_total", "b", "c"};

    for (size_t n = 0; n < ARRAY_LEN(names); n++)
        for (size_t x = 0; x < ARRAY_LEN(xs); x++)
            for (size_t y = 0; y < ARRAY_LEN(ys); y++)
                if (pick(g, 4))
                    add_series(g, m, names[n], xs[x], ys[y], "", calm);
    for (size_t x = 0; x < 2; x++)
        for (size_t le = 0; le < ARRAY_LEN(les); le++)
            if (pick(g, 8))
                add_series(g, m, "h_bucket", xs[x], "p", les[le], calm);
}
