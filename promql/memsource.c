#include "promql/memsource.h"

#include "base/heap.h"
#include "base/vec.h"

#include <stdlib.h>

struct mem_series {
    struct labels        labels;
    struct source_column column;
    int64_t             *t_ms; /* ours, NULL where the column is borrowed */
    double              *value;
    size_t               cap;
};

/* The series with one label, by number. */
struct posting {
    struct label label;
    VEC(uint32_t) series;
};

struct memsource {
    struct arena       arena;
    struct symbols    *symbols;
    struct labels_pool pool; /* makes the sets; its ids find a series again */
    VEC(struct mem_series) series;
    uint32_t       *series_of_set; /* by id of its labels, + 1 */
    size_t          cap_sets;
    struct posting *postings; /* open addressing; empty: label.name 0 */
    size_t          n_postings, cap_postings;
};

struct mem_reader {
    struct source_reader base;
    struct memsource    *m;
};

enum {
    FIRST_POSTINGS = 256,
    POLL_EVERY = 64,
    MAX_SET_BYTES = 1 << 30,
    MAX_KNOWN_BYTES = 64 << 20 /* of what a selection's matchers remember */
};

struct memsource *
memsource_new(void)
{
    struct memsource *m = heap_new(1, sizeof *m);

    m->symbols = symbols_new(MEMSOURCE_MAX_TEXT_BYTES);
    m->cap_postings = FIRST_POSTINGS;
    m->postings = heap_new(m->cap_postings, sizeof *m->postings);
    labels_pool_init(&m->pool, &m->arena, NULL, MAX_SET_BYTES);
    return m;
}

void
memsource_free(struct memsource *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->series.n; i++) {
        free(m->series.at[i].t_ms);
        free(m->series.at[i].value);
    }
    free(m->postings);
    free(m->series_of_set);
    symbols_free(m->symbols);
    arena_release(&m->arena);
    free(m);
}

static struct posting *
find_posting(const struct memsource *m, struct label l)
{
    uint64_t h = ((uint64_t)l.name << 32 | l.value) * 0x9e3779b97f4a7c15;

    for (size_t i = (size_t)(h >> 20);; i++) {
        struct posting *p = &m->postings[i & (m->cap_postings - 1)];

        if (!p->label.name || (p->label.name == l.name && p->label.value == l.value))
            return p;
    }
}

static void
grow_postings(struct memsource *m)
{
    struct posting *old = m->postings;
    size_t          cap = m->cap_postings;

    m->cap_postings = cap * 2;
    m->postings = heap_new(m->cap_postings, sizeof *m->postings);
    for (size_t i = 0; i < cap; i++)
        if (old[i].label.name)
            *find_posting(m, old[i].label) = old[i];
    free(old);
}

static void
index_series(struct memsource *m, struct labels set, uint32_t series)
{
    for (uint32_t i = 0; i < set.n; i++) {
        struct posting *p;

        if (m->n_postings * 2 >= m->cap_postings)
            grow_postings(m);
        p = find_posting(m, set.at[i]);
        if (!p->label.name) {
            p->label = set.at[i];
            m->n_postings++;
        }
        VEC_PUSH(&m->arena, &p->series, series);
    }
}

static int
compare_names(const void *a, const void *b)
{
    return slice_compare(((const struct memsource_label *)a)->name,
                         ((const struct memsource_label *)b)->name);
}

/* Sorted pairs of symbols without empty values. */
static enum status
intern(struct memsource *m, const struct memsource_label *labels, size_t n, struct label *to,
       uint32_t *n_to, struct err *err)
{
    struct memsource_label sorted[MEMSOURCE_MAX_LABELS];

    if (n > MEMSOURCE_MAX_LABELS)
        return err_set(err, STATUS_LIMIT, "a series has more than %d labels", MEMSOURCE_MAX_LABELS);
    if (n)
        memcpy(sorted, labels, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_names);
    *n_to = 0;
    for (size_t i = 0; i < n; i++) {
        struct label *l = &to[*n_to];
        enum status   st = symbols_add(m->symbols, sorted[i].name, &l->name, err);

        if (st == STATUS_OK)
            st = symbols_add(m->symbols, sorted[i].value, &l->value, err);
        if (st)
            return st;
        if (i && slice_equal(sorted[i - 1].name, sorted[i].name))
            return err_set(err, STATUS_CONFLICT, "label \"%.*s\" stands twice in one series",
                           SLICE_ARG(sorted[i].name));
        *n_to += l->value != SYMBOLS_EMPTY;
    }
    return STATUS_OK;
}

static void
grow_sets(struct memsource *m, uint32_t id)
{
    size_t cap = m->cap_sets ? m->cap_sets : 64;

    if (id < m->cap_sets)
        return;
    while (cap <= id)
        cap *= 2;
    m->series_of_set = heap_grow(m->series_of_set, cap, sizeof *m->series_of_set);
    memset(m->series_of_set + m->cap_sets, 0, (cap - m->cap_sets) * sizeof *m->series_of_set);
    m->cap_sets = cap;
}

enum status
memsource_series(struct memsource *m, const struct memsource_label *labels, size_t n,
                 size_t *series, struct err *err)
{
    struct label  pairs[MEMSOURCE_MAX_LABELS];
    struct labels set = {pairs, 0};
    enum status   st = intern(m, labels, n, pairs, &set.n, err);
    uint32_t      id;

    if (st)
        return st;
    id = labels_id(&m->pool, set);
    if (m->pool.status)
        return err_set(err, STATUS_LIMIT, "label sets take more than %d bytes", MAX_SET_BYTES);
    grow_sets(m, id);
    if (!m->series_of_set[id]) {
        struct mem_series one = {.labels = labels_of(&m->pool, id)};

        VEC_PUSH(&m->arena, &m->series, one);
        m->series_of_set[id] = (uint32_t)m->series.n;
        index_series(m, one.labels, (uint32_t)m->series.n - 1);
    }
    *series = m->series_of_set[id] - 1;
    return STATUS_OK;
}

/* First sample at or after t_ms. */
static size_t
lower_bound(const struct source_column *c, int64_t t_ms)
{
    size_t lo = 0, hi = c->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->t_ms[mid] < t_ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

enum status
memsource_add(struct memsource *m, size_t series, int64_t t_ms, double value, struct err *err)
{
    struct mem_series *s = &m->series.at[series];
    size_t             n = s->column.n;
    size_t             at = n && t_ms > s->column.t_ms[n - 1] ? n : lower_bound(&s->column, t_ms);

    if (at < n && s->column.t_ms[at] == t_ms) {
        if (memcmp(&s->column.value[at], &value, sizeof value) == 0)
            return STATUS_OK;
        return err_set(err, STATUS_CONFLICT, "two values of one series at %lld ms",
                       (long long)t_ms);
    }
    if (n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 32;
        s->t_ms = heap_grow(s->t_ms, s->cap, sizeof *s->t_ms);
        s->value = heap_grow(s->value, s->cap, sizeof *s->value);
    }
    memmove(s->t_ms + at + 1, s->t_ms + at, (n - at) * sizeof *s->t_ms);
    memmove(s->value + at + 1, s->value + at, (n - at) * sizeof *s->value);
    s->t_ms[at] = t_ms;
    s->value[at] = value;
    s->column = (struct source_column){s->t_ms, s->value, n + 1};
    return STATUS_OK;
}

void
memsource_borrow(struct memsource *m, size_t series, struct source_column column)
{
    m->series.at[series].column = column;
}

size_t
memsource_count(const struct memsource *m)
{
    return m->series.n;
}

/* A matcher over symbols: each distinct value is asked about once. */
struct condition {
    const struct matcher *matcher;
    uint32_t              name;  /* 0: no series has this label */
    uint32_t              value; /* of =, where is_symbol */
    bool                  is_symbol;
    unsigned char        *known; /* by symbol: 0 not asked, 1 no, 2 yes; or NULL */
};

static enum status
holds(const struct memsource *m, const struct condition *c, struct labels set, bool *hit,
      struct err *err)
{
    uint32_t    value = c->name ? labels_get(set, c->name) : SYMBOLS_EMPTY;
    enum status st;

    if (c->is_symbol) {
        *hit = value == c->value;
        return STATUS_OK;
    }
    if (c->known && c->known[value]) {
        *hit = c->known[value] == 2;
        return STATUS_OK;
    }
    st = matcher_test(c->matcher, symbols_text(m->symbols, value), hit, err);
    if (c->known)
        c->known[value] = *hit ? 2 : 1;
    return st;
}

/* The shortest list of series that holds all that can match; NULL: all.
 * conditions may be NULL. */
static const struct posting *
prepare(const struct memsource *m, const struct source_query *q, struct arena *a,
        struct condition *conditions)
{
    const struct posting *best = NULL;
    size_t                n_symbols = symbols_count(m->symbols), n_known = 0;

    for (size_t i = 0; i < q->n_matchers; i++) {
        struct condition c = {.matcher = &q->matchers[i]};

        (void)!symbols_find(m->symbols, c.matcher->name, &c.name);
        c.is_symbol =
            c.matcher->op == MATCHER_EQUAL && symbols_find(m->symbols, c.matcher->value, &c.value);
        if (c.is_symbol && c.name && c.value != SYMBOLS_EMPTY) {
            const struct posting *p = find_posting(m, (struct label){c.name, c.value});

            if (!best || p->series.n < best->series.n)
                best = p;
        }
        if (!conditions)
            continue;
        if (!c.is_symbol && n_known < MAX_KNOWN_BYTES / n_symbols) {
            c.known = arena_alloc(a, n_symbols);
            n_known++;
        }
        conditions[i] = c;
    }
    return best;
}

static enum status
matches_all(const struct memsource *m, const struct condition *c, size_t n, struct labels set,
            bool *hit, struct err *err)
{
    *hit = true;
    for (size_t i = 0; i < n && *hit; i++) {
        enum status st = holds(m, &c[i], set, hit, err);

        if (st)
            return st;
    }
    return STATUS_OK;
}

static enum status
mem_select(struct source_reader *r, const struct source_query *q, struct arena *a,
           struct source_selection *out, struct err *err)
{
    struct memsource     *m = ((struct mem_reader *)r)->m;
    struct condition     *conditions = arena_array(a, q->n_matchers, sizeof *conditions);
    const struct posting *list = prepare(m, q, a, conditions);
    size_t                n = list ? list->series.n : m->series.n;
    VEC(struct source_series) found = {0};

    for (size_t i = 0; i < n; i++) {
        size_t        k = list ? list->series.at[i] : i;
        struct labels set = m->series.at[k].labels;
        bool          hit;
        enum status   st = i % POLL_EVERY ? STATUS_OK : source_poll(q, err);

        if (!st)
            st = matches_all(m, conditions, q->n_matchers, set, &hit, err);
        if (st)
            return st;
        if (!hit)
            continue;
        if (found.n == q->max_series)
            return err_set(err, STATUS_LIMIT, "a selector finds more than %zu series",
                           q->max_series);
        VEC_PUSH(a, &found, (struct source_series){.labels = set, .handle = k});
    }
    *out = (struct source_selection){found.at, found.n};
    return STATUS_OK;
}

static enum status
mem_read(struct source_reader *r, const struct source_series *s, int64_t min_ms, int64_t max_ms,
         struct source_scratch *scratch, struct source_column *out, struct err *err)
{
    const struct source_column *c = &((struct mem_reader *)r)->m->series.at[s->handle].column;
    size_t                      from = lower_bound(c, min_ms), to = c->n;

    (void)scratch; /* nothing is packed here, */
    (void)err;     /* and nothing can fail */
    if (to && c->t_ms[to - 1] > max_ms)
        to = lower_bound(c, max_ms + 1);
    *out = to > from ? (struct source_column){c->t_ms + from, c->value + from, to - from}
                     : (struct source_column){0};
    return STATUS_OK;
}

static size_t
mem_estimate(struct source_reader *r, const struct source_query *q)
{
    struct memsource     *m = ((struct mem_reader *)r)->m;
    const struct posting *list = prepare(m, q, NULL, NULL);

    return list ? list->series.n : m->series.n;
}

static void
mem_close(struct source_reader *r)
{
    free(r);
}

static enum status
mem_open(void *self, struct source_reader **out, struct err *err)
{
    struct mem_reader *r = heap_new(1, sizeof *r);

    (void)err;
    r->m = self;
    r->base = (struct source_reader){.symbols = r->m->symbols,
                                     .select = mem_select,
                                     .read = mem_read,
                                     .estimate = mem_estimate,
                                     .close = mem_close};
    *out = &r->base;
    return STATUS_OK;
}

struct source
memsource_source(struct memsource *m)
{
    return (struct source){.open = mem_open, .self = m};
}
