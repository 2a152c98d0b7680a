#include "daemon/verdictcolumns.h"

#include "base/hash.h"
#include "base/heap.h"
#include "promql/value.h"

enum { FIRST_SLOTS = 256, FIRST_SAMPLES = 32 };

static const char *const label_name[] = {
#define LABEL(name, text) [VERDICTCOLUMNS_##name] = text,
#include "daemon/series_label.def"
#undef LABEL
};

static enum status
take_symbol(const struct verdictcolumns *c, const char *text, uint32_t *symbol)
{
    *symbol = verdictcolumns_symbol(c, slice_of(text));
    return *symbol == VERDICTCOLUMNS_UNKNOWN
               ? err_set(c->err, STATUS_NOT_FOUND, "'%s' is not a symbol of the history", text)
               : STATUS_OK;
}

enum status
verdictcolumns_init(struct verdictcolumns *c, struct arena *a, const struct symbols *symbols,
                    uint32_t n_symbols, const struct source_query *q, struct err *err)
{
    *c = (struct verdictcolumns){.arena = a,
                                 .symbols = symbols,
                                 .n_symbols = n_symbols,
                                 .q = q,
                                 .min_ms = q->min_ms,
                                 .max_ms = q->max_ms,
                                 .max_samples = VERDICTCOLUMNS_MAX_SAMPLES,
                                 .err = err,
                                 .n_slots = FIRST_SLOTS};
    c->slots = arena_array(a, c->n_slots, sizeof(struct verdictcolumn *));
    for (int l = 0; l < VERDICTCOLUMNS_LABELS && !c->status; l++)
        c->status = take_symbol(c, label_name[l], &c->label[l]);
    for (enum series s = 0; s < SERIES_COUNT && !c->status; s++) {
        c->status = take_symbol(c, series_name(s), &c->metric[s]);
        c->wanted[s] = verdictcolumns_takes(c, VERDICTCOLUMNS_METRIC, slice_of(series_name(s)));
    }
    return c->status;
}

uint32_t
verdictcolumns_symbol(const struct verdictcolumns *c, struct slice text)
{
    uint32_t symbol;

    if (text.n == 0)
        return SYMBOLS_EMPTY;
    if (!symbols_find(c->symbols, text, &symbol) || symbol >= c->n_symbols)
        return VERDICTCOLUMNS_UNKNOWN;
    return symbol;
}

static bool
passes(struct verdictcolumns *c, const struct matcher *m, struct slice value)
{
    bool        hit = false;
    enum status s = matcher_test(m, value, &hit, c->err);

    if (s && !c->status)
        c->status = s;
    return !s && hit;
}

bool
verdictcolumns_takes(struct verdictcolumns *c, enum verdictcolumns_label l, struct slice value)
{
    for (size_t i = 0; i < c->q->n_matchers; i++)
        if (slice_is(c->q->matchers[i].name, label_name[l]) &&
            !passes(c, &c->q->matchers[i], value))
            return false;
    return true;
}

/* Labels that no series of ours has match as empty. */
static bool
matches(struct verdictcolumns *c, const struct verdictcolumns_set *set, bool any_version)
{
    for (size_t i = 0; i < c->q->n_matchers; i++) {
        const struct matcher *m = &c->q->matchers[i];
        struct slice          value = {"", 0};

        if (any_version && m->op == MATCHER_EQUAL && slice_is(m->name, "version"))
            continue;
        for (int l = 0; l < VERDICTCOLUMNS_LABELS; l++)
            if (set->value[l] && slice_is(m->name, label_name[l]))
                value = symbols_text(c->symbols, set->value[l]);
        if (!passes(c, m, value))
            return false;
    }
    return true;
}

static struct labels
labels_of_set(const struct verdictcolumns *c, const struct verdictcolumns_set *set)
{
    struct label *at = arena_array(c->arena, VERDICTCOLUMNS_LABELS, sizeof *at);
    uint32_t      n = 0;

    for (int l = 0; l < VERDICTCOLUMNS_LABELS; l++)
        if (set->value[l])
            at[n++] = (struct label){c->label[l], set->value[l]};
    return (struct labels){at, n};
}

static struct verdictcolumn **
slot_of(struct verdictcolumns *c, const struct verdictcolumns_set *set)
{
    size_t i = (size_t)hash_bytes((struct slice){(const char *)set, sizeof *set});

    for (;; i++) {
        struct verdictcolumn **slot = &c->slots[i & (c->n_slots - 1)];

        if (!*slot || memcmp(&(*slot)->set, set, sizeof *set) == 0)
            return slot;
    }
}

static void
grow(struct verdictcolumns *c)
{
    if (c->made.n * 2 < c->n_slots)
        return;
    c->n_slots *= 2;
    c->slots = arena_array(c->arena, c->n_slots, sizeof(struct verdictcolumn *));
    for (size_t i = 0; i < c->made.n; i++)
        *slot_of(c, &c->made.at[i]->set) = c->made.at[i];
}

struct verdictcolumn *
verdictcolumns_of(struct verdictcolumns *c, enum series s, struct verdictcolumns_set set,
                  bool any_version)
{
    struct verdictcolumn **slot, *column;

    if (!c->wanted[s] || c->status)
        return NULL;
    set.value[VERDICTCOLUMNS_METRIC] = c->metric[s];
    for (int l = 0; l < VERDICTCOLUMNS_LABELS; l++)
        if (set.value[l] >= c->n_symbols) /* unknown, or known since the query began */
            return NULL;
    slot = slot_of(c, &set);
    if (!*slot) {
        column = arena_new(c->arena, struct verdictcolumn);
        column->set = set;
        column->hit = matches(c, &set, any_version);
        if (column->hit)
            column->labels = labels_of_set(c, &set);
        *slot = column;
        VEC_PUSH(c->arena, &c->made, column);
        grow(c);
        return column->hit ? column : NULL;
    }
    return (*slot)->hit ? *slot : NULL;
}

static void
make_room(struct verdictcolumns *c, struct verdictcolumn *column)
{
    size_t   cap = column->cap ? 2 * column->cap : FIRST_SAMPLES;
    int64_t *t_ms = arena_array(c->arena, cap, sizeof *t_ms);
    double  *value = arena_array(c->arena, cap, sizeof *value);

    if (column->n) {
        memcpy(t_ms, column->t_ms, column->n * sizeof *t_ms);
        memcpy(value, column->value, column->n * sizeof *value);
    }
    column->t_ms = t_ms;
    column->value = value;
    column->cap = cap;
}

static void
drop_last(struct verdictcolumns *c, struct verdictcolumn *column)
{
    column->n--;
    c->n_samples--;
}

void
verdictcolumns_put(struct verdictcolumns *c, struct verdictcolumn *column, int64_t t_ms,
                   double value)
{
    if (!column || t_ms < c->min_ms || t_ms > c->max_ms || c->status)
        return;
    if (column->n && t_ms <= column->t_ms[column->n - 1] &&
        value_is_absent(column->value[column->n - 1]))
        drop_last(c, column);
    if (column->n && t_ms <= column->t_ms[column->n - 1]) {
        if (t_ms == column->t_ms[column->n - 1])
            column->value[column->n - 1] = value;
        return;
    }
    if (++c->n_samples > c->max_samples) {
        c->status = err_set(c->err, STATUS_LIMIT,
                            "the query selects more than %d samples of the history: ask for "
                            "fewer services or a shorter time",
                            VERDICTCOLUMNS_MAX_SAMPLES);
        return;
    }
    if (column->n == column->cap)
        make_room(c, column);
    column->t_ms[column->n] = t_ms;
    column->value[column->n++] = value;
}

void
verdictcolumns_end(struct verdictcolumns *c, struct verdictcolumn *column, int64_t t_ms)
{
    verdictcolumns_put(c, column, t_ms, value_absent());
}

enum status
verdictcolumns_selection(struct verdictcolumns *c, struct arena *a, struct source_selection *out)
{
    struct source_series *found = arena_array(a, c->made.n + 1, sizeof *found);
    size_t                n = 0;

    for (size_t i = 0; i < c->made.n && !c->status; i++) {
        if (!c->made.at[i]->hit || !c->made.at[i]->n)
            continue;
        if (n == c->q->max_series)
            c->status = err_set(c->err, STATUS_LIMIT, "a selector finds more than %zu series",
                                c->q->max_series);
        else
            found[n++] = (struct source_series){c->made.at[i]->labels, (uintptr_t)c->made.at[i]};
    }
    *out = (struct source_selection){found, n};
    return c->status;
}
