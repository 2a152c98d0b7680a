#include "telemetry/tsdbindex.h"

#include "base/heap.h"

#include <stdlib.h>

enum { FIRST_BITS = 8, FIRST_SLOTS = 256, FIRST_IDS = 4 };

/* Open addressing, at most half full.  One that was outgrown stays in the arena
 * for readers who are still in it; together they are as large as the last. */
struct tsdbindex_map {
    uint64_t                            mask;
    _Atomic(struct tsdbindex_posting *) at[];
};

static struct tsdbindex_map *
new_map(struct tsdbindex *x, uint64_t slots)
{
    struct tsdbindex_map *m = arena_alloc(&x->arena, sizeof *m + slots * sizeof m->at[0]);

    m->mask = slots - 1;
    return m;
}

/* Symbols are counted up, not chosen from outside: a fast mixer will do. */
static uint64_t
mix(uint64_t h)
{
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
    h = (h ^ h >> 27) * 0x94d049bb133111eb;
    return h ^ h >> 31;
}

static uint64_t
hash_label(struct label l)
{
    return mix((uint64_t)l.name << 32 | l.value);
}

const struct tsdbindex_posting *
tsdbindex_posting(const struct tsdbindex *x, struct label l)
{
    const struct tsdbindex_map *m = atomic_load_explicit(&x->map, memory_order_acquire);

    for (uint64_t i = hash_label(l);; i++) {
        const struct tsdbindex_posting *p =
            atomic_load_explicit(&m->at[i & m->mask], memory_order_acquire);

        if (!p || (p->label.name == l.name && p->label.value == l.value))
            return p;
    }
}

static void
map_put(struct tsdbindex_map *m, struct tsdbindex_posting *p)
{
    uint64_t i = hash_label(p->label);

    while (atomic_load_explicit(&m->at[i & m->mask], memory_order_relaxed))
        i++;
    atomic_store_explicit(&m->at[i & m->mask], p, memory_order_release);
}

static void
grow_map(struct tsdbindex *x)
{
    const struct tsdbindex_map *old = atomic_load_explicit(&x->map, memory_order_relaxed);
    struct tsdbindex_map       *m;

    if (((uint64_t)x->n_postings + 1) * 2 <= old->mask)
        return;
    m = new_map(x, (old->mask + 1) * 2);
    for (uint64_t i = 0; i <= old->mask; i++) {
        struct tsdbindex_posting *p = atomic_load_explicit(&old->at[i], memory_order_relaxed);

        if (p)
            map_put(m, p);
    }
    atomic_store_explicit(&x->map, m, memory_order_release);
}

static struct tsdbindex_posting *
find_posting(const struct tsdbindex *x, struct label l)
{
    return (struct tsdbindex_posting *)(uintptr_t)tsdbindex_posting(x, l);
}

static struct tsdbindex_posting *
add_posting(struct tsdbindex *x, struct label l, _Atomic(struct tsdbindex_posting *) *chain)
{
    struct tsdbindex_posting *p = arena_new(&x->arena, struct tsdbindex_posting);

    p->label = l;
    atomic_init(&p->next, chain ? atomic_load_explicit(chain, memory_order_relaxed) : NULL);
    grow_map(x);
    map_put(atomic_load_explicit(&x->map, memory_order_relaxed), p);
    x->n_postings++;
    if (chain)
        atomic_store_explicit(chain, p, memory_order_release);
    return p;
}

/* The head of a name is first in the list of its values, and all heads hang
 * together. */
static struct tsdbindex_posting *
posting_of(struct tsdbindex *x, struct label l)
{
    struct tsdbindex_posting *p = find_posting(x, l), *head;

    if (p)
        return p;
    head = find_posting(x, (struct label){l.name, SYMBOLS_EMPTY});
    if (!head) {
        head = add_posting(x, (struct label){l.name, SYMBOLS_EMPTY}, NULL);
        struct tsdbindex_posting *values = arena_new(&x->arena, struct tsdbindex_posting);
        values->label = head->label;
        atomic_init(&values->next, atomic_load_explicit(&x->names, memory_order_relaxed));
        atomic_store_explicit(&x->names, values, memory_order_release);
    }
    p = add_posting(x, l, &head->next);
    atomic_store_explicit(&head->n_values,
                          atomic_load_explicit(&head->n_values, memory_order_relaxed) + 1,
                          memory_order_release);
    return p;
}

struct tsdbindex *
tsdbindex_new(uint64_t born, size_t max_bytes)
{
    struct tsdbindex *x = heap_new(1, sizeof *x);

    x->born = born;
    x->symbols = symbols_new(max_bytes);
    atomic_init(&x->map, new_map(x, FIRST_SLOTS));
    (void)!symbols_add(x->symbols, SLICE_LITERAL("__name__"), &x->metric_name, NULL);
    (void)!symbols_add(x->symbols, SLICE_LITERAL("le"), &x->le, NULL);
    x->all = add_posting(x, (struct label){SYMBOLS_EMPTY, SYMBOLS_EMPTY}, NULL);
    x->cap_sets = FIRST_SLOTS;
    x->sets = heap_new(x->cap_sets, sizeof *x->sets);
    return x;
}

void
tsdbindex_free(struct tsdbindex *x)
{
    struct tsdbindex_map *m = atomic_load_explicit(&x->map, memory_order_relaxed);
    uint32_t              n = atomic_load_explicit(&x->n_series, memory_order_relaxed);

    for (uint64_t i = 0; i <= m->mask; i++) {
        struct tsdbindex_posting *p = atomic_load_explicit(&m->at[i], memory_order_relaxed);

        if (p)
            free(atomic_load_explicit(&p->list, memory_order_relaxed));
    }
    for (uint32_t id = 0; id < n; id++) {
        struct tsdbseries *s = tsdbindex_series(x, id);

        free(s->columns);
        free(atomic_load_explicit(&s->moved, memory_order_relaxed));
    }
    symbols_free(x->symbols);
    arena_release(&x->arena);
    free(x->sets);
    free(x);
}

struct tsdbseries *
tsdbindex_series(const struct tsdbindex *x, uint32_t id)
{
    uint32_t at = id + (1u << FIRST_BITS);
    int      top = 31 - __builtin_clz(at);

    return &x->segment[top - FIRST_BITS][at - (1u << top)];
}

static uint64_t
hash_set_of(struct labels set, uint32_t without)
{
    uint64_t h = 1;

    for (uint32_t i = 0; i < set.n; i++)
        if (set.at[i].name != without)
            h = mix(h ^ ((uint64_t)set.at[i].name << 32 | set.at[i].value));
    return h;
}

static bool
is_set(const struct tsdbseries *s, struct labels set, uint32_t without)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < set.n; i++) {
        if (set.at[i].name == without)
            continue;
        if (at == s->n_labels || s->labels[at].name != set.at[i].name ||
            s->labels[at].value != set.at[i].value)
            return false;
        at++;
    }
    return at == s->n_labels;
}

static bool
is_alive(const struct tsdbseries *s)
{
    return atomic_load_explicit(&s->dead, memory_order_relaxed) == UINT64_MAX;
}

static bool
has_columns(const struct tsdbseries *s)
{
    return s->w && s->columns[0].le != SYMBOLS_EMPTY;
}

static uint32_t
column_of(const struct tsdbseries *s, uint32_t le)
{
    for (uint32_t k = 0; k < s->w; k++)
        if (s->columns[k].le == le && !tsdbseries_has_moved(s, k, UINT64_MAX))
            return k;
    return UINT32_MAX;
}

/* The next living series of the set from *i on. */
static struct tsdbseries *
next_of_set(const struct tsdbindex *x, struct labels set, uint32_t without, uint64_t *i)
{
    uint32_t hash = (uint32_t)(hash_set_of(set, without) >> 32);

    for (*i = *i == UINT64_MAX ? hash : *i + 1;; (*i)++) {
        uint64_t slot = x->sets[*i & (x->cap_sets - 1)];

        if (!slot)
            return NULL;
        if (slot >> 32 != hash)
            continue;
        struct tsdbseries *s = tsdbindex_series(x, (uint32_t)slot - 1);
        if (is_alive(s) && is_set(s, set, without))
            return s;
    }
}

struct tsdbseries *
tsdbindex_find(const struct tsdbindex *x, struct labels set, bool whole, uint32_t *column)
{
    uint32_t           without = whole ? UINT32_MAX : x->le;
    uint32_t           le = whole ? SYMBOLS_EMPTY : labels_get(set, x->le);
    uint64_t           i = UINT64_MAX;
    struct tsdbseries *s;

    while ((s = next_of_set(x, set, without, &i))) {
        *column = column_of(s, le);
        if (*column != UINT32_MAX)
            return s;
    }
    return NULL;
}

struct tsdbseries *
tsdbindex_find_open(const struct tsdbindex *x, struct labels set, const struct tsdbseries_writer *w,
                    uint32_t *siblings)
{
    uint64_t           i = UINT64_MAX;
    struct tsdbseries *s, *open = NULL;

    *siblings = 0;
    while ((s = next_of_set(x, set, x->le, &i))) {
        if (!has_columns(s))
            continue;
        ++*siblings;
        if (s->w < TSDBINDEX_MAX_COLUMNS && tsdbseries_can_widen(w, s))
            open = s;
    }
    return open;
}

static void
put_set(struct tsdbindex *x, uint64_t hash, uint32_t id)
{
    uint64_t i = hash >> 32;

    while (x->sets[i & (x->cap_sets - 1)])
        i++;
    x->sets[i & (x->cap_sets - 1)] = hash >> 32 << 32 | (id + 1);
}

static void
remember_set(struct tsdbindex *x, const struct tsdbseries *s)
{
    if (((size_t)s->id + 1) * 2 > x->cap_sets) {
        uint64_t *old = x->sets;
        size_t    cap = x->cap_sets;

        x->cap_sets = cap * 2;
        x->sets = heap_new(x->cap_sets, sizeof *x->sets);
        for (size_t i = 0; i < cap; i++)
            if (old[i])
                put_set(x, old[i], (uint32_t)old[i] - 1);
        free(old);
    }
    put_set(x, hash_set_of((struct labels){s->labels, s->n_labels}, UINT32_MAX), s->id);
}

static void
end_list(void *owner, void *p)
{
    (void)owner;
    free(p);
}

static size_t
list_bytes(uint32_t cap)
{
    return tsdbepoch_cost(sizeof(struct tsdbindex_list) + cap * sizeof(uint32_t));
}

static void
add_id(struct tsdbindex *x, struct tsdbseries_writer *w, struct tsdbindex_posting *p, uint32_t id)
{
    struct tsdbindex_list *list = atomic_load_explicit(&p->list, memory_order_relaxed);
    uint32_t               n = list ? atomic_load_explicit(&list->n, memory_order_relaxed) : 0;

    if (!list || n == list->cap) {
        uint32_t               cap = n ? n + n / 2 : FIRST_IDS;
        struct tsdbindex_list *more = heap_new(1, sizeof *more + cap * sizeof more->id[0]);

        more->cap = cap;
        if (n)
            memcpy(more->id, list->id, n * sizeof more->id[0]);
        atomic_init(&more->n, n);
        x->bytes_lists += list_bytes(cap);
        atomic_store_explicit(&p->list, more, memory_order_release);
        if (list) {
            x->bytes_lists -= list_bytes(list->cap);
            tsdbepoch_retire(&w->epoch, list, list_bytes(list->cap), end_list, NULL);
        }
        list = more;
    }
    list->id[n] = id;
    atomic_store_explicit(&list->n, n + 1, memory_order_release);
}

static void
count(struct tsdbindex_posting *p, int by)
{
    atomic_store_explicit(&p->n_series,
                          atomic_load_explicit(&p->n_series, memory_order_relaxed) + (uint32_t)by,
                          memory_order_relaxed);
}

static uint32_t
place_of_le(const struct tsdbindex *x, struct labels set)
{
    uint32_t at = 0;

    while (at < set.n &&
           slice_compare(symbols_text(x->symbols, set.at[at].name), SLICE_LITERAL("le")) < 0)
        at++;
    return at;
}

struct tsdbseries *
tsdbindex_add(struct tsdbindex *x, struct tsdbseries_writer *w, struct labels set, bool columns)
{
    uint32_t           id = atomic_load_explicit(&x->n_series, memory_order_relaxed);
    uint32_t           at = id + (1u << FIRST_BITS);
    int                top = 31 - __builtin_clz(at);
    struct label      *labels = arena_array(&x->arena, set.n, sizeof *labels);
    struct tsdbseries *s;

    if (at == 1u << top)
        x->segment[top - FIRST_BITS] =
            arena_array(&x->arena, (size_t)1 << top, sizeof(struct tsdbseries));
    memcpy(labels, set.at, set.n * sizeof *labels);
    s = tsdbindex_series(x, id);
    s->labels = labels;
    s->n_labels = set.n;
    s->le_at = columns ? place_of_le(x, set) : 0;
    s->id = id;
    s->born = tsdbepoch_now(&w->epoch);
    atomic_init(&s->dead, UINT64_MAX);
    atomic_init(&s->last_ms, INT64_MIN);
    atomic_store_explicit(&x->n_series, id + 1, memory_order_release);
    remember_set(x, s);
    for (uint32_t i = 0; i < set.n; i++)
        add_id(x, w, posting_of(x, set.at[i]), id);
    add_id(x, w, x->all, id);
    return s;
}

static void
count_column(struct tsdbindex *x, const struct tsdbseries *s, uint32_t le, int by)
{
    for (uint32_t i = 0; i < s->n_labels; i++)
        count(find_posting(x, s->labels[i]), by);
    if (le)
        count(posting_of(x, (struct label){x->le, le}), by);
    count(x->all, by);
}

uint32_t
tsdbindex_add_column(struct tsdbindex *x, struct tsdbseries *s, uint32_t le, uint32_t slot)
{
    /* Room for a power of two; of an ordinary series for one. */
    if (!(s->w & (s->w - 1)))
        s->columns = heap_grow(s->columns, s->w ? (size_t)s->w * 2 : 1, sizeof *s->columns);
    s->columns[s->w] = (struct tsdbseries_column){le, slot};
    count_column(x, s, le, 1);
    return s->w++;
}

void
tsdbindex_count_out(struct tsdbindex *x, const struct tsdbseries *s, uint32_t column)
{
    count_column(x, s, s->columns[column].le, -1);
}

size_t
tsdbindex_label_bytes(const struct tsdbindex *x)
{
    return x->arena.total_bytes + symbols_bytes(x->symbols) + x->cap_sets * sizeof *x->sets;
}
