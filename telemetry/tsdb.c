#include "telemetry/tsdb.h"

#include "base/hash.h"
#include "base/heap.h"
#include "telemetry/tsdbset.h"

#include <pthread.h>
#include <stdlib.h>

struct series {
    struct labels labels;
    int64_t      *t_ms;
    double       *value;
    uint64_t     *seq;
    size_t        n, cap;
    uint64_t      born, dead;
};

struct tsdb {
    struct tsdb_limits  limits;
    const struct clock *clock;
    pthread_mutex_t     lock;
    struct arena        arena;
    struct symbols     *symbols;
    struct labels_pool  pool;
    struct series      *series;
    size_t              n, cap;
    uint64_t           *of_set; /* by id of a set: its ref */
    size_t              cap_sets;
    uint64_t            committed;
    struct tsdb_stats   stats;
    enum tsdb_refusal   why;
};

struct reader {
    struct source_reader base;
    struct tsdb         *t;
    uint64_t             seq;
};

enum { MAX_TEXT_BYTES = 1 << 30, POLL_EVERY = 64, MAX_LABEL_BYTES = 4096 };

struct tsdb *
tsdb_new(const struct tsdb_limits *limits, const struct clock *clock)
{
    struct tsdb *t = heap_new(1, sizeof *t);

    t->limits = *limits;
    if (!t->limits.max_series)
        t->limits.max_series = 1000 * 1000;
    if (!t->limits.max_bytes)
        t->limits.max_bytes = (size_t)2 << 30;
    if (!t->limits.max_labels)
        t->limits.max_labels = 64;
    if (!t->limits.max_label_bytes)
        t->limits.max_label_bytes = MAX_LABEL_BYTES;
    if (!t->limits.retention_ms)
        t->limits.retention_ms = INT64_C(2) * 3600 * 1000;
    if (!t->limits.max_future_ms)
        t->limits.max_future_ms = INT64_C(10) * 60 * 1000;
    t->clock = clock;
    (void)pthread_mutex_init(&t->lock, NULL);
    t->symbols = symbols_new(MAX_TEXT_BYTES);
    labels_pool_init(&t->pool, &t->arena, NULL, MAX_TEXT_BYTES);
    t->stats.min_ms = INT64_MAX;
    t->stats.max_ms = INT64_MIN;
    return t;
}

void
tsdb_free(struct tsdb *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++) {
        free(t->series[i].t_ms);
        free(t->series[i].value);
        free(t->series[i].seq);
    }
    free(t->series);
    free(t->of_set);
    symbols_free(t->symbols);
    arena_release(&t->arena);
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

static uint64_t *
ref_of(struct tsdb *t, uint32_t id)
{
    size_t cap = t->cap_sets;

    if (id >= cap) {
        t->cap_sets = ((size_t)id + 1) * 2;
        t->of_set = heap_grow(t->of_set, t->cap_sets, sizeof *t->of_set);
        memset(t->of_set + cap, 0, (t->cap_sets - cap) * sizeof *t->of_set);
    }
    return &t->of_set[id];
}

static enum status
find_or_make(struct tsdb *t, const struct tsdb_label *labels, size_t n, uint64_t *ref,
             struct err *err)
{
    struct label pairs[TSDBSET_MAX_LABELS];
    uint64_t    *at;
    uint32_t     id;

    for (size_t i = 0; i < n; i++) {
        enum status st = symbols_add(t->symbols, labels[i].name, &pairs[i].name, err);

        if (!st)
            st = symbols_add(t->symbols, labels[i].value, &pairs[i].value, err);
        if (st)
            return st;
    }
    id = labels_id(&t->pool, (struct labels){pairs, (uint32_t)n});
    at = ref_of(t, id);
    if (!*at && t->stats.series >= t->limits.max_series) {
        t->stats.refused_series++;
        return err_set(err, STATUS_LIMIT, "the source holds its maximum of %zu series",
                       t->limits.max_series);
    }
    if (!*at) {
        if (t->n == t->cap) {
            t->cap = t->cap ? t->cap * 2 : 64;
            t->series = heap_grow(t->series, t->cap, sizeof *t->series);
        }
        t->series[t->n++] = (struct series){
            .labels = labels_of(&t->pool, id), .born = t->committed + 1, .dead = UINT64_MAX};
        *at = t->n;
        t->stats.series++;
        t->stats.series_created++;
    }
    *ref = *at;
    return STATUS_OK;
}

enum status
tsdb_series(struct tsdb *t, const struct tsdb_label *labels, size_t n, uint64_t *ref,
            struct err *err)
{
    struct tsdb_label sorted[TSDBSET_MAX_LABELS];
    size_t            n_sorted;
    enum status       st = tsdbset_sort(&t->limits, labels, n, sorted, &n_sorted, err);

    if (st)
        return st;
    (void)pthread_mutex_lock(&t->lock);
    st = find_or_make(t, sorted, n_sorted, ref, err);
    (void)pthread_mutex_unlock(&t->lock);
    return st;
}

static enum status
refuse(struct tsdb *t, enum tsdb_refusal why, enum status st)
{
    t->why = why;
    return st;
}

static struct series *
live(struct tsdb *t, uint64_t ref)
{
    if (!ref || ref > t->n || t->series[ref - 1].dead != UINT64_MAX)
        return NULL;
    return &t->series[ref - 1];
}

/* *again: the same time and value, which is no news. */
static enum status
check(struct tsdb *t, const struct series *s, int64_t t_ms, double value, bool *again)
{
    *again = s && s->n && t_ms == s->t_ms[s->n - 1] &&
             !memcmp(&s->value[s->n - 1], &value, sizeof value);
    if (*again)
        return STATUS_OK;
    if (!s)
        return refuse(t, TSDB_COLLECTED, STATUS_NOT_FOUND);
    if (s->n && t_ms == s->t_ms[s->n - 1])
        return refuse(t, TSDB_DUPLICATE, STATUS_CONFLICT);
    if (s->n && t_ms < s->t_ms[s->n - 1])
        return refuse(t, TSDB_OUT_OF_ORDER, STATUS_RANGE);
    if (t->stats.max_ms != INT64_MIN && t_ms < t->stats.max_ms - t->limits.retention_ms)
        return refuse(t, TSDB_TOO_OLD, STATUS_RANGE);
    if (t_ms > clock_wall_ms(t->clock) + t->limits.max_future_ms)
        return refuse(t, TSDB_TOO_FAR, STATUS_RANGE);
    return STATUS_OK;
}

enum status
tsdb_check(struct tsdb *t, uint64_t ref, int64_t t_ms, double value)
{
    bool        again;
    enum status st = check(t, live(t, ref), t_ms, value, &again);

    return st;
}

static enum status
append(struct tsdb *t, uint64_t ref, int64_t t_ms, double value)
{
    struct series *s = live(t, ref);
    bool           again;
    enum status    st = check(t, s, t_ms, value, &again);

    if (st)
        t->stats.refused[t->why]++;
    if (st || again)
        return st;
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 8;
        s->t_ms = heap_grow(s->t_ms, s->cap, sizeof *s->t_ms);
        s->value = heap_grow(s->value, s->cap, sizeof *s->value);
        s->seq = heap_grow(s->seq, s->cap, sizeof *s->seq);
    }
    s->t_ms[s->n] = t_ms;
    s->value[s->n] = value;
    s->seq[s->n++] = t->committed + 1;
    t->stats.samples++;
    t->stats.samples_appended++;
    if (t_ms < t->stats.min_ms)
        t->stats.min_ms = t_ms;
    if (t_ms > t->stats.max_ms)
        t->stats.max_ms = t_ms;
    return STATUS_OK;
}

enum status
tsdb_append(struct tsdb *t, uint64_t ref, int64_t t_ms, double value)
{
    enum status st;

    (void)pthread_mutex_lock(&t->lock);
    st = append(t, ref, t_ms, value);
    (void)pthread_mutex_unlock(&t->lock);
    return st;
}

enum tsdb_refusal
tsdb_why(const struct tsdb *t)
{
    return t->why;
}

bool
tsdb_labels(struct tsdb *t, uint64_t ref, struct labels *out)
{
    struct series *s = live(t, ref);

    if (s)
        *out = s->labels;
    return s;
}

const struct symbols *
tsdb_symbols(const struct tsdb *t)
{
    return t->symbols;
}

void
tsdb_commit(struct tsdb *t)
{
    (void)pthread_mutex_lock(&t->lock);
    t->committed++;
    (void)pthread_mutex_unlock(&t->lock);
}

bool
tsdb_collect(struct tsdb *t, int64_t now_ms)
{
    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->n && !t->stats.readers; i++) {
        struct series *s = &t->series[i];
        size_t         old = 0;

        while (old < s->n && s->t_ms[old] < now_ms - t->limits.retention_ms)
            old++;
        s->n -= old;
        t->stats.samples -= old;
        if (s->n && old) {
            memmove(s->t_ms, s->t_ms + old, s->n * sizeof *s->t_ms);
            memmove(s->value, s->value + old, s->n * sizeof *s->value);
            memmove(s->seq, s->seq + old, s->n * sizeof *s->seq);
        }
        if (s->n || s->dead != UINT64_MAX || s->born > t->committed)
            continue;
        s->dead = t->committed + 1;
        *ref_of(t, labels_id(&t->pool, s->labels)) = 0;
        t->stats.series--;
        t->stats.series_removed++;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return false;
}

static enum status
matches(struct tsdb *t, const struct source_query *q, struct labels set, bool *hit, struct err *err)
{
    *hit = true;
    for (size_t i = 0; i < q->n_matchers && *hit; i++) {
        uint32_t    name;
        bool        known = symbols_find(t->symbols, q->matchers[i].name, &name);
        uint32_t    value = known ? labels_get(set, name) : SYMBOLS_EMPTY;
        enum status st = matcher_test(&q->matchers[i], symbols_text(t->symbols, value), hit, err);

        if (st)
            return st;
    }
    return STATUS_OK;
}

static enum status
find(struct reader *r, const struct source_query *q, struct arena *a, struct source_selection *out,
     struct err *err)
{
    struct tsdb *t = r->t;

    out->series = NULL;
    out->n = 0;
    struct source_series *found = arena_array(a, t->n, sizeof *found);
    for (size_t i = 0; i < t->n; i++) {
        const struct series *s = &t->series[i];
        bool                 hit;
        enum status          st = i % POLL_EVERY ? STATUS_OK : source_poll(q, err);

        if (!st && (s->born > r->seq || s->dead <= r->seq))
            continue;
        if (!st)
            st = matches(t, q, s->labels, &hit, err);
        if (st)
            return st;
        if (!hit)
            continue;
        if (out->n == q->max_series)
            return err_set(err, STATUS_LIMIT, "a selector finds more than %zu series",
                           q->max_series);
        found[out->n++] = (struct source_series){.labels = s->labels, .handle = i};
    }
    out->series = found;
    return STATUS_OK;
}

static enum status
reader_select(struct source_reader *base, const struct source_query *q, struct arena *a,
              struct source_selection *out, struct err *err)
{
    struct reader *r = (struct reader *)base;
    enum status    st;

    (void)pthread_mutex_lock(&r->t->lock);
    st = find(r, q, a, out, err);
    (void)pthread_mutex_unlock(&r->t->lock);
    return st;
}

static enum status
reader_read(struct source_reader *base, const struct source_series *which, int64_t min_ms,
            int64_t max_ms, struct source_scratch *scratch, struct source_column *out,
            struct err *err)
{
    struct reader *r = (struct reader *)base;
    size_t         n = 0;

    (void)err;
    (void)pthread_mutex_lock(&r->t->lock);
    struct series *s = &r->t->series[which->handle];
    source_scratch_reserve(scratch, s->n);
    for (size_t i = 0; i < s->n; i++) {
        if (s->t_ms[i] < min_ms || s->t_ms[i] > max_ms || s->seq[i] > r->seq)
            continue;
        scratch->t_ms[n] = s->t_ms[i];
        scratch->value[n++] = s->value[i];
    }
    (void)pthread_mutex_unlock(&r->t->lock);
    *out = (struct source_column){scratch->t_ms, scratch->value, n};
    return STATUS_OK;
}

static size_t
reader_estimate(struct source_reader *base, const struct source_query *q)
{
    (void)q;
    return (size_t)tsdb_stats(((struct reader *)base)->t).series;
}

static void
reader_close(struct source_reader *base)
{
    struct reader *r = (struct reader *)base;

    (void)pthread_mutex_lock(&r->t->lock);
    r->t->stats.readers--;
    (void)pthread_mutex_unlock(&r->t->lock);
    free(r);
}

static enum status
reader_open(void *self, struct source_reader **out, struct err *err)
{
    struct tsdb   *t = self;
    struct reader *r = heap_new(1, sizeof *r);

    (void)err;
    r->base = (struct source_reader){.symbols = t->symbols,
                                     .select = reader_select,
                                     .read = reader_read,
                                     .estimate = reader_estimate,
                                     .close = reader_close};
    r->t = t;
    (void)pthread_mutex_lock(&t->lock);
    r->seq = t->committed;
    t->stats.readers++;
    (void)pthread_mutex_unlock(&t->lock);
    *out = &r->base;
    return STATUS_OK;
}

struct source
tsdb_source(struct tsdb *t)
{
    return (struct source){.open = reader_open, .self = t};
}

struct tsdb_stats
tsdb_stats(const struct tsdb *t)
{
    struct tsdb *mutable = (struct tsdb *)(uintptr_t)t;
    struct tsdb_stats out;

    (void)pthread_mutex_lock(&mutable->lock);
    out = t->stats;
    (void)pthread_mutex_unlock(&mutable->lock);
    out.bytes = out.samples * 24;
    return out;
}

static int
by_count(const void *a, const void *b)
{
    const struct tsdb_top *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

size_t
tsdb_top(struct tsdb *t, enum tsdb_top_kind kind, struct tsdb_top *out, size_t n)
{
    struct hash_map  seen = {0};
    size_t           made = 0, cap = 64;
    struct tsdb_top *all = heap_new(cap, sizeof *all);

    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->n && kind == TSDB_TOP_SERIES_BY_METRIC; i++) {
        uint32_t name;

        if (t->series[i].dead != UINT64_MAX ||
            !symbols_find(t->symbols, slice_of("__name__"), &name))
            continue;
        struct slice text = symbols_text(t->symbols, labels_get(t->series[i].labels, name));
        uintptr_t    at = (uintptr_t)hash_get(&seen, text);
        if (!at) {
            if (made == cap)
                all = heap_grow(all, cap *= 2, sizeof *all);
            all[made] = (struct tsdb_top){0};
            memcpy(all[made].name, text.p, text.n < 255 ? text.n : 255);
            at = ++made;
            hash_set(&seen, text, (void *)at);
        }
        all[at - 1].count++;
    }
    (void)pthread_mutex_unlock(&t->lock);
    qsort(all, made, sizeof *all, by_count);
    if (made > n)
        made = n;
    memcpy(out, all, made * sizeof *all);
    free(all);
    hash_release(&seen);
    return made;
}
