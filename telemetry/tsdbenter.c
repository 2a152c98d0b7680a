#include "telemetry/tsdbenter.h"

#include "telemetry/tsdbcollect.h"
#include "telemetry/tsdbset.h"

static bool
is_bucket(const struct tsdbindex *x, struct labels set)
{
    return labels_get(set, x->le) != SYMBOLS_EMPTY &&
           slice_ends(symbols_text(x->symbols, labels_get(set, x->metric_name)), "_bucket");
}

static struct labels
without_le(const struct tsdbindex *x, struct labels set, struct label *to)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < set.n; i++)
        if (set.at[i].name != x->le)
            to[n++] = set.at[i];
    return (struct labels){to, n};
}

static uint32_t
take_slot(struct tsdb *t)
{
    t->live.series++;
    t->live.series_created++;
    return tsdbslots_take(&t->slots);
}

static uint64_t
fill_slot(struct tsdb *t, uint32_t slot, struct tsdbseries *s, uint32_t column)
{
    t->slots.at[slot].series = s;
    t->slots.at[slot].column = column;
    return tsdbslots_ref(&t->slots, slot);
}

/* A bucket joins the histogram that was begun with it, if one was. */
static uint64_t
make_series(struct tsdb *t, struct labels set)
{
    struct tsdbindex  *x = tsdbcore_index(t);
    struct tsdbseries *s = NULL;
    struct label       rest[TSDB_MAX_LABELS];
    uint32_t           siblings = 0, slot = take_slot(t);
    bool               bucket = is_bucket(x, set);

    if (bucket)
        s = tsdbindex_find_open(x, set, &t->w, &siblings);
    if (bucket && !s && siblings < TSDBINDEX_MAX_SIBLINGS)
        s = tsdbindex_add(x, &t->w, without_le(x, set, rest), true);
    if (s) {
        uint32_t column = tsdbindex_add_column(x, s, labels_get(set, x->le), slot);

        tsdbseries_widen(&t->w, s);
        return fill_slot(t, slot, s, column);
    }
    s = tsdbindex_add(x, &t->w, set, false);
    return fill_slot(t, slot, s, tsdbindex_add_column(x, s, SYMBOLS_EMPTY, slot));
}

/* What is refused leaves no text behind. */
static enum status
refuse_series(struct tsdb *t, struct err *err)
{
    if (t->live.series >= t->limits.max_series) {
        t->live.refused_series++;
        return err_set(err, STATUS_LIMIT,
                       "the source holds its maximum of %zu series: raise max_series or keep "
                       "fewer metrics",
                       t->limits.max_series);
    }
    t->until_look = 0;
    if (tsdbcollect_full(t)) {
        t->live.refused_series++;
        return err_set(err, STATUS_LIMIT,
                       "the source uses its maximum of %zu bytes: raise max_bytes or shorten the "
                       "retention",
                       t->limits.max_bytes);
    }
    return STATUS_OK;
}

static bool
find_texts(const struct tsdbindex *x, const struct tsdb_label *labels, size_t n, struct label *to)
{
    for (size_t i = 0; i < n; i++)
        if (!symbols_find(x->symbols, labels[i].name, &to[i].name) ||
            !symbols_find(x->symbols, labels[i].value, &to[i].value))
            return false;
    return true;
}

static enum status
add_texts(const struct tsdbindex *x, const struct tsdb_label *labels, size_t n, struct label *to,
          struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        enum status st = symbols_add(x->symbols, labels[i].name, &to[i].name, err);

        if (!st)
            st = symbols_add(x->symbols, labels[i].value, &to[i].value, err);
        if (st)
            return st;
    }
    return STATUS_OK;
}

enum status
tsdbenter_series(struct tsdb *t, const struct tsdb_label *labels, size_t n, uint64_t *ref,
                 struct err *err)
{
    const struct tsdbindex *x = tsdbcore_index(t);
    struct tsdb_label       sorted[TSDBSET_MAX_LABELS];
    struct label            pairs[TSDB_MAX_LABELS];
    struct tsdbseries      *s = NULL;
    uint32_t                column;
    size_t                  n_sorted;
    enum status             st = tsdbset_sort(&t->limits, labels, n, sorted, &n_sorted, err);

    if (st)
        return st;
    struct labels set = {pairs, (uint32_t)n_sorted};
    if (find_texts(x, sorted, n_sorted, pairs)) {
        if (is_bucket(x, set))
            s = tsdbindex_find(x, set, false, &column);
        if (!s)
            s = tsdbindex_find(x, set, true, &column);
    }
    if (s) {
        *ref = tsdbslots_ref(&t->slots, s->columns[column].slot);
        return STATUS_OK;
    }
    st = refuse_series(t, err);
    if (st)
        return st;
    st = add_texts(tsdbcore_index(t), sorted, n_sorted, pairs, err);
    if (st)
        t->live.refused_series++;
    else
        *ref = make_series(t, set);
    return st;
}
