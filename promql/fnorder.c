#include "promql/fnorder.h"

#include "promql/natural.h"

#include <math.h>

static bool
smaller(const struct evalfn_row *a, const struct evalfn_row *b, const struct labels_pool *pool,
        const struct evalfn_call *call)
{
    (void)pool, (void)call;
    return !isnan(a->value) && (isnan(b->value) || a->value < b->value);
}

static bool
larger(const struct evalfn_row *a, const struct evalfn_row *b, const struct labels_pool *pool,
       const struct evalfn_call *call)
{
    (void)pool, (void)call;
    return !isnan(a->value) && (isnan(b->value) || a->value > b->value);
}

static struct slice
value_of(const struct labels_pool *pool, struct labels set, struct slice name)
{
    for (uint32_t i = 0; i < set.n; i++)
        if (slice_equal(labels_text(pool, set.at[i].name), name))
            return labels_text(pool, set.at[i].value);
    return (struct slice){0};
}

/* As slices.SortFunc is asked upstream: < 0 for before.  Not symmetric where
 * natural_before() is not. */
static int
compare(const struct evalfn_row *a, const struct evalfn_row *b, const struct labels_pool *pool,
        const struct evalfn_call *call, int direction)
{
    struct labels x = labels_of(pool, a->labels), y = labels_of(pool, b->labels);

    for (size_t i = 0; i < call->n_strings; i++) {
        struct slice v = value_of(pool, x, call->strings[i]);
        struct slice w = value_of(pool, y, call->strings[i]);

        if (!slice_equal(v, w))
            return natural_before(v, w) ? -direction : direction;
    }
    return direction * labels_compare(pool, x, y);
}

static bool
label_first(const struct evalfn_row *a, const struct evalfn_row *b, const struct labels_pool *pool,
            const struct evalfn_call *call)
{
    return compare(a, b, pool, call, 1) < 0;
}

static bool
label_last(const struct evalfn_row *a, const struct evalfn_row *b, const struct labels_pool *pool,
           const struct evalfn_call *call)
{
    return compare(a, b, pool, call, -1) < 0;
}

const struct evalfn *
fnorder_get(enum function_id id)
{
#define ORDER(id, function)                                                                        \
    [FUNCTION_##id] = {                                                                            \
        .kind = EVALFN_ORDER,                                                                      \
        .keeps_name = true,                                                                        \
        .before = function,                                                                        \
        .range_warning = "sort is ineffective for range queries since results are always "         \
                         "ordered by labels",                                                      \
    }
    static const struct evalfn table[FUNCTION_COUNT] = {
        ORDER(SORT, smaller),
        ORDER(SORT_DESC, larger),
        ORDER(SORT_BY_LABEL, label_first),
        ORDER(SORT_BY_LABEL_DESC, label_last),
    };

    return table[id].before ? &table[id] : NULL;
#undef ORDER
}
