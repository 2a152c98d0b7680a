#include "telemetry/tsdbselect.h"

#include "base/vec.h"
#include "telemetry/tsdbidset.h"

enum {
    POLL_EVERY = 64,
    AHEAD = 8,            /* series that are fetched before they are looked at */
    MEMO = 256,           /* values of one label that were asked about */
    CHECK_IS_CHEAPER = 32 /* a look at a series' labels, in ids of a list */
};

/* One matcher on the way.  taken_by_absent: it takes series without the label, so
 * that lists are of those it does not take. */
struct condition {
    const struct matcher *m;
    uint32_t              name;
    bool                  taken_by_absent, listed;
    VEC(struct tsdbidset) lists;
    size_t   ids; /* in all lists */
    uint32_t memo_symbol[MEMO];
    int8_t   memo[MEMO]; /* 0 not asked, 1 no, 2 yes */
};

struct selection {
    const struct tsdbindex    *x;
    uint64_t                   seq;
    const struct source_query *q;
    struct arena              *arena;
    struct err                *err;
    struct condition          *c;
    size_t                     n;
    bool                       asks_le;
    uint32_t                   bound; /* of ids */
    uint32_t                   asked; /* since the last poll */
    VEC(struct source_series) found;
};

static enum status
poll_often(struct selection *s)
{
    return s->asked++ % POLL_EVERY ? STATUS_OK : source_poll(s->q, s->err);
}

static struct tsdbidset
ids_of(const struct tsdbindex_posting *p)
{
    const struct tsdbindex_list *list =
        p ? atomic_load_explicit(&p->list, memory_order_acquire) : NULL;

    if (!list)
        return (struct tsdbidset){0};
    return (struct tsdbidset){list->id, atomic_load_explicit(&list->n, memory_order_acquire)};
}

static void
add_list(struct selection *s, struct condition *c, const struct tsdbindex_posting *p)
{
    struct tsdbidset ids = ids_of(p);

    if (!ids.n)
        return;
    VEC_PUSH(s->arena, &c->lists, ids);
    c->ids += ids.n;
}

static void
add_value(struct selection *s, struct condition *c, struct slice value)
{
    uint32_t symbol;

    if (symbols_find(s->x->symbols, value, &symbol) && symbol != SYMBOLS_EMPTY)
        add_list(s, c, tsdbindex_posting(s->x, (struct label){c->name, symbol}));
}

/* Conditions on single texts know their lists at once. */
static void
list_texts(struct selection *s, struct condition *c)
{
    size_t              n = 0;
    const struct slice *texts = NULL;

    switch (c->m->op) {
    case MATCHER_EQUAL:
    case MATCHER_NOT_EQUAL:
        texts = &c->m->value;
        n = c->m->value.n > 0;
        break;
    case MATCHER_REGEX:
    case MATCHER_NOT_REGEX:
        texts = regex_literals(c->m->re, &n);
        for (size_t i = 0; i < n; i++)
            if (!texts[i].n)
                return; /* "" among them turns it around */
        break;
    }
    c->listed = n > 0;
    for (size_t i = 0; i < n; i++)
        add_value(s, c, texts[i]);
}

/* Any other is asked about each value of its label. */
static enum status
list_values(struct selection *s, struct condition *c)
{
    const struct tsdbindex_posting *p =
        tsdbindex_posting(s->x, (struct label){c->name, SYMBOLS_EMPTY});

    c->listed = true;
    while (p && (p = atomic_load_explicit(&p->next, memory_order_acquire))) {
        bool        hit;
        enum status st = poll_often(s);

        if (!st)
            st = matcher_test(c->m, symbols_text(s->x->symbols, p->label.value), &hit, s->err);
        if (st)
            return st;
        if (hit != c->taken_by_absent)
            add_list(s, c, p);
    }
    return STATUS_OK;
}

static size_t
values_of(const struct selection *s, const struct condition *c)
{
    const struct tsdbindex_posting *p =
        tsdbindex_posting(s->x, (struct label){c->name, SYMBOLS_EMPTY});

    return p ? atomic_load_explicit(&p->n_values, memory_order_acquire) : 0;
}

static enum status
holds(struct selection *s, struct condition *c, uint32_t value, bool *hit)
{
    uint32_t    at = value % MEMO;
    enum status st;

    if (c->memo[at] && c->memo_symbol[at] == value) {
        *hit = c->memo[at] == 2;
        return STATUS_OK;
    }
    st = poll_often(s);
    if (!st)
        st = matcher_test(c->m, symbols_text(s->x->symbols, value), hit, s->err);
    if (st)
        return st;
    c->memo_symbol[at] = value;
    c->memo[at] = *hit ? 2 : 1;
    return STATUS_OK;
}

static enum status
filter_by_labels(struct selection *s, struct condition *c, struct tsdbidset *ids)
{
    uint32_t *to = arena_array(s->arena, ids->n, sizeof *to);
    size_t    made = 0;

    for (size_t i = 0; i < ids->n; i++) {
        const struct tsdbseries *one = tsdbindex_series(s->x, ids->id[i]);
        bool                     hit;
        enum status              st =
            holds(s, c, labels_get((struct labels){one->labels, one->n_labels}, c->name), &hit);

        if (st)
            return st;
        if (hit)
            to[made++] = ids->id[i];
    }
    *ids = (struct tsdbidset){to, made};
    return STATUS_OK;
}

/* Every series that can match, before any but the conditions that name texts. */
static enum status
begin(struct selection *s, struct tsdbidset *ids, const struct condition **used)
{
    struct condition *best = NULL;

    for (size_t i = 0; i < s->n; i++) {
        struct condition *c = &s->c[i];

        if (c->listed && !c->taken_by_absent && c->name != s->x->le &&
            (!best || c->ids < best->ids))
            best = c;
    }
    for (size_t i = 0; i < s->n && !best; i++) {
        struct condition *c = &s->c[i];

        if (c->taken_by_absent || c->name == s->x->le)
            continue;
        enum status st = list_values(s, c);
        if (st)
            return st;
        best = c;
    }
    *used = best;
    *ids = best ? tsdbidset_union(s->arena, best->lists.at, best->lists.n, s->bound)
                : ids_of(s->x->all);
    return STATUS_OK;
}

/* Lists where they are short, else the labels of each series that is left. */
static enum status
narrow(struct selection *s, struct condition *c, struct tsdbidset *ids)
{
    enum status st = STATUS_OK;

    if (!c->listed && values_of(s, c) <= ids->n)
        st = list_values(s, c);
    if (st)
        return st;
    if (!c->listed || c->ids / CHECK_IS_CHEAPER > ids->n)
        return filter_by_labels(s, c, ids);
    *ids = tsdbidset_filter(s->arena, *ids, c->lists.at, c->lists.n, !c->taken_by_absent, s->bound);
    return STATUS_OK;
}

static void
prepare(struct selection *s)
{
    s->bound = atomic_load_explicit(&s->x->n_series, memory_order_acquire);
    s->n = s->q->n_matchers;
    s->c = arena_array(s->arena, s->n, sizeof *s->c);
    for (size_t i = 0; i < s->n; i++) {
        struct condition *c = &s->c[i];

        c->m = &s->q->matchers[i];
        c->taken_by_absent = matcher_takes_empty(c->m);
        c->name = UINT32_MAX; /* no series has it */
        (void)!symbols_find(s->x->symbols, c->m->name, &c->name);
        s->asks_le |= c->name == s->x->le;
        list_texts(s, c);
    }
}

static struct labels
labels_of_column(const struct selection *s, const struct tsdbseries *one, uint32_t column,
                 struct label *to)
{
    memcpy(to, one->labels, one->le_at * sizeof *to);
    to[one->le_at] = (struct label){s->x->le, one->columns[column].le};
    memcpy(to + one->le_at + 1, one->labels + one->le_at,
           (one->n_labels - one->le_at) * sizeof *to);
    return (struct labels){to, one->n_labels + 1};
}

static enum status
takes_le(struct selection *s, uint32_t le, bool *hit)
{
    *hit = true;
    for (size_t i = 0; i < s->n && *hit && s->asks_le; i++) {
        enum status st = s->c[i].name == s->x->le ? holds(s, &s->c[i], le, hit) : STATUS_OK;

        if (st)
            return st;
    }
    return STATUS_OK;
}

static enum status
add_found(struct selection *s, struct labels set, const struct tsdbseries *one, uint32_t column)
{
    if (s->found.n == s->q->max_series)
        return err_set(s->err, STATUS_LIMIT, "a selector finds more than %zu series",
                       s->q->max_series);
    VEC_PUSH(s->arena, &s->found,
             (struct source_series){.labels = set, .handle = TSDBSELECT_HANDLE(one->id, column)});
    return STATUS_OK;
}

/* Which columns are taken; in all. */
static enum status
find_columns(struct selection *s, const struct tsdbseries *one, uint32_t *columns, uint32_t *n)
{
    *n = 0;
    for (uint32_t k = 0; k < one->w; k++) {
        bool        hit;
        enum status st = takes_le(s, one->columns[k].le, &hit);

        if (st)
            return st;
        if (hit && !tsdbseries_has_moved(one, k, s->seq))
            columns[(*n)++] = k;
    }
    return STATUS_OK;
}

static enum status
take_columns(struct selection *s, const struct tsdbseries *one)
{
    uint32_t      columns[TSDBINDEX_MAX_COLUMNS], n;
    enum status   st = find_columns(s, one, columns, &n);
    struct label *room;

    if (st || !n)
        return st;
    room = arena_array(s->arena, (size_t)n * (one->n_labels + 1), sizeof *room);
    for (uint32_t i = 0; i < n && !st; i++) {
        st = add_found(s, labels_of_column(s, one, columns[i], room), one, columns[i]);
        room += one->n_labels + 1;
    }
    return st;
}

static enum status
take(struct selection *s, const struct tsdbseries *one)
{
    struct labels set = {one->labels, one->n_labels};
    bool          hit;
    enum status   st;

    if (one->columns[0].le != SYMBOLS_EMPTY)
        return take_columns(s, one);
    st = takes_le(s, labels_get(set, s->x->le), &hit);
    if (!st && hit)
        st = add_found(s, set, one, 0);
    return st;
}

static enum status
take_all(struct selection *s, struct tsdbidset ids)
{
    for (size_t i = 0; i < ids.n; i++) {
        const struct tsdbseries *one = tsdbindex_series(s->x, ids.id[i]);
        enum status              st = poll_often(s);

        if (i + AHEAD < ids.n) {
            __builtin_prefetch(tsdbindex_series(s->x, ids.id[i + AHEAD]));
            __builtin_prefetch(tsdbindex_series(s->x, ids.id[i + AHEAD / 2])->labels);
        }
        if (!st && tsdbseries_lives(one, s->seq) &&
            atomic_load_explicit(&one->last_ms, memory_order_relaxed) >= s->q->min_ms)
            st = take(s, one);
        if (st)
            return st;
    }
    return STATUS_OK;
}

enum status
tsdbselect_run(const struct tsdbindex *x, uint64_t seq, const struct source_query *q,
               struct arena *a, struct source_selection *out, struct err *err)
{
    struct selection        s = {.x = x, .seq = seq, .q = q, .arena = a, .err = err};
    const struct condition *used = NULL;
    struct tsdbidset        ids = {0};

    prepare(&s);
    enum status st = begin(&s, &ids, &used);
    /* Lists that are known first: they are cheap, and leave less for the others. */
    for (int listed = 1; listed >= 0; listed--)
        for (size_t i = 0; i < s.n && !st && ids.n; i++)
            if (&s.c[i] != used && s.c[i].name != x->le && s.c[i].listed == listed)
                st = narrow(&s, &s.c[i], &ids);
    if (!st)
        st = take_all(&s, ids);
    *out = (struct source_selection){s.found.at, s.found.n};
    return st;
}

size_t
tsdbselect_estimate(const struct tsdbindex *x, const struct source_query *q)
{
    size_t least = atomic_load_explicit(&x->all->n_series, memory_order_relaxed);

    for (size_t i = 0; i < q->n_matchers; i++) {
        const struct matcher           *m = &q->matchers[i];
        const struct tsdbindex_posting *p = NULL;
        struct label                    l;

        if (m->op != MATCHER_EQUAL || !m->value.n)
            continue;
        if (symbols_find(x->symbols, m->name, &l.name) &&
            symbols_find(x->symbols, m->value, &l.value))
            p = tsdbindex_posting(x, l);
        size_t n = p ? atomic_load_explicit(&p->n_series, memory_order_relaxed) : 0;
        if (n < least)
            least = n;
    }
    return least;
}
