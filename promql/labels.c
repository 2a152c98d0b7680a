#include "promql/labels.h"

#include "base/hash.h"
#include "base/vec.h"
#include "promql/goquote.h"

#include <stdlib.h>

_Static_assert((int)SYMBOLS_MAX < (int)LABELS_LOCAL, "a symbol is the source's or the pool's");
_Static_assert(sizeof(struct label) == 8, "sets are compared as bytes");

enum { FIRST_SLOTS = 64 };

/* Bytes of the pool's that count against its maximum; false once it is over. */
static bool
spend(struct labels_pool *p, size_t bytes)
{
    if (p->status)
        return false;
    if (bytes > p->max_bytes - p->made_bytes) {
        p->status = STATUS_LIMIT;
        return false;
    }
    p->made_bytes += bytes;
    return true;
}

static uint32_t
made_slot(const struct labels_pool *p, struct slice text)
{
    uint32_t mask = p->cap_made_slots - 1;
    uint32_t i = (uint32_t)hash_bytes(text) & mask;

    while (p->made_slots[i] && !slice_equal(p->made[p->made_slots[i] - 1], text))
        i = (i + 1) & mask;
    return i;
}

static void
grow_made(struct labels_pool *p)
{
    if (p->n_made == p->cap_made) {
        size_t cap = p->cap_made;

        p->made = vec_grow(p->arena, p->made, &cap, sizeof *p->made);
        p->cap_made = (uint32_t)cap;
    }
    if ((p->n_made + 1) * 2 <= p->cap_made_slots)
        return;
    p->cap_made_slots = p->cap_made_slots ? p->cap_made_slots * 2 : FIRST_SLOTS;
    p->made_slots = arena_array(p->arena, p->cap_made_slots, sizeof *p->made_slots);
    for (uint32_t i = 0; i < p->n_made; i++)
        p->made_slots[made_slot(p, p->made[i])] = i + 1;
}

uint32_t
labels_symbol(struct labels_pool *p, struct slice text)
{
    uint32_t symbol, slot;

    if (text.n == 0)
        return SYMBOLS_EMPTY;
    if (p->base && symbols_find(p->base, text, &symbol) && symbol < p->n_base)
        return symbol;
    if (p->n_made == p->cap_made || (p->n_made + 1) * 2 > p->cap_made_slots)
        grow_made(p);
    slot = made_slot(p, text);
    if (!p->made_slots[slot]) {
        if (!spend(p, text.n + sizeof *p->made))
            return SYMBOLS_EMPTY;
        p->made[p->n_made++] = arena_slice(p->arena, text);
        p->made_slots[slot] = p->n_made;
    }
    return LABELS_LOCAL + p->made_slots[slot] - 1;
}

struct slice
labels_text(const struct labels_pool *p, uint32_t symbol)
{
    if (symbol >= LABELS_LOCAL)
        return p->made[symbol - LABELS_LOCAL];
    return symbol ? symbols_text(p->base, symbol) : (struct slice){"", 0};
}

/* Symbols are counted up, not chosen from outside, so a fast mixer will do
 * (the finalizer of SplitMix64 between words). */
static uint64_t
hash_set_of(struct labels set)
{
    uint64_t h = set.n;

    for (uint32_t i = 0; i < set.n; i++) {
        h ^= (uint64_t)set.at[i].name << 32 | set.at[i].value;
        h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
        h ^= h >> 27;
    }
    return h * 0x94d049bb133111eb;
}

static bool
sets_equal(struct labels a, struct labels b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n * sizeof *a.at) == 0);
}

static void
grow_sets(struct labels_pool *p)
{
    size_t cap = p->cap_sets, cap_hashes = p->cap_sets;

    if (p->n_sets == p->cap_sets) {
        p->sets = vec_grow(p->arena, p->sets, &cap, sizeof *p->sets);
        p->set_hashes = vec_grow(p->arena, p->set_hashes, &cap_hashes, sizeof *p->set_hashes);
        p->cap_sets = (uint32_t)(cap < cap_hashes ? cap : cap_hashes);
    }
    if ((p->n_sets + 1) * 2 <= p->cap_set_slots)
        return;
    p->cap_set_slots = p->cap_set_slots ? p->cap_set_slots * 2 : FIRST_SLOTS;
    p->set_slots = arena_array(p->arena, p->cap_set_slots, sizeof *p->set_slots);
    for (uint32_t id = 0; id < p->n_sets; id++) {
        uint32_t i = (uint32_t)(p->set_hashes[id] >> 32);

        while (p->set_slots[i & (p->cap_set_slots - 1)])
            i++;
        p->set_slots[i & (p->cap_set_slots - 1)] = id + 1;
    }
}

static uint32_t
add_set(struct labels_pool *p, struct labels set, uint64_t hash, uint32_t slot)
{
    struct label *copy;

    if (!spend(p, set.n * sizeof *set.at + sizeof set))
        return LABELS_NONE;
    copy = arena_array(p->arena, set.n, sizeof *copy);
    if (set.n)
        memcpy(copy, set.at, set.n * sizeof *copy);
    p->sets[p->n_sets] = (struct labels){copy, set.n};
    p->set_hashes[p->n_sets] = hash;
    p->set_slots[slot] = ++p->n_sets;
    return p->n_sets - 1;
}

uint32_t
labels_id(struct labels_pool *p, struct labels set)
{
    uint64_t hash = hash_set_of(set);
    uint32_t i, mask;

    if (p->n_sets == p->cap_sets || (p->n_sets + 1) * 2 > p->cap_set_slots)
        grow_sets(p);
    mask = p->cap_set_slots - 1;
    for (i = (uint32_t)(hash >> 32) & mask; p->set_slots[i]; i = (i + 1) & mask) {
        uint32_t id = p->set_slots[i] - 1;

        if (p->set_hashes[id] == hash && sets_equal(p->sets[id], set))
            return id;
    }
    return add_set(p, set, hash, i);
}

void
labels_pool_init(struct labels_pool *p, struct arena *a, const struct symbols *base,
                 size_t max_bytes)
{
    *p = (struct labels_pool){.arena = a, .base = base, .max_bytes = max_bytes};
    p->n_base = base ? symbols_count(base) : 0;
    (void)labels_id(p, (struct labels){NULL, 0}); /* becomes LABELS_NONE */
    p->metric_name = labels_symbol(p, SLICE_LITERAL("__name__"));
    p->type = labels_symbol(p, SLICE_LITERAL("__type__"));
    p->unit = labels_symbol(p, SLICE_LITERAL("__unit__"));
    p->bucket = labels_symbol(p, SLICE_LITERAL("le"));
}

/* Room for a set of n labels that is being put together. */
static struct label *
work(struct labels_pool *p, uint32_t n)
{
    if (n > p->cap_work) {
        p->cap_work = n < 32 ? 64 : n * 2;
        p->work = arena_array(p->arena, p->cap_work, sizeof *p->work);
    }
    return p->work;
}

static bool
is_among(uint32_t name, const uint32_t *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (names[i] == name)
            return true;
    return false;
}

/* Labels whose being among the names is as asked. */
static uint32_t
filter(struct labels_pool *p, struct labels set, const uint32_t *names, size_t n, bool among)
{
    struct label *to = work(p, set.n);
    uint32_t      left = 0;

    for (uint32_t i = 0; i < set.n; i++)
        if (is_among(set.at[i].name, names, n) == among)
            to[left++] = set.at[i];
    return labels_id(p, (struct labels){to, left});
}

uint32_t
labels_keep(struct labels_pool *p, struct labels set, const uint32_t *names, size_t n)
{
    return filter(p, set, names, n, true);
}

uint32_t
labels_drop(struct labels_pool *p, struct labels set, const uint32_t *names, size_t n)
{
    return filter(p, set, names, n, false);
}

uint32_t
labels_drop_name(struct labels_pool *p, struct labels set)
{
    const uint32_t names[] = {p->metric_name, p->type, p->unit};

    return filter(p, set, names, ARRAY_LEN(names), false);
}

void
labels_builder_start(struct labels_builder *b, struct labels_pool *p, struct labels from)
{
    b->pool = p;
    if (from.n + 1 > b->cap) {
        b->cap = from.n + 16;
        b->at = arena_array(p->arena, b->cap, sizeof *b->at);
    }
    if (from.n)
        memcpy(b->at, from.at, from.n * sizeof *b->at);
    b->n = from.n;
}

static void
builder_insert(struct labels_builder *b, struct label add)
{
    struct slice name = labels_text(b->pool, add.name);
    uint32_t     at = b->n;

    if (b->n == b->cap) {
        size_t cap = b->cap;

        b->at = vec_grow(b->pool->arena, b->at, &cap, sizeof *b->at);
        b->cap = (uint32_t)cap;
    }
    while (at > 0 && slice_compare(labels_text(b->pool, b->at[at - 1].name), name) > 0) {
        b->at[at] = b->at[at - 1];
        at--;
    }
    b->at[at] = add;
    b->n++;
}

void
labels_builder_set(struct labels_builder *b, uint32_t name, uint32_t value)
{
    uint32_t i = 0;

    while (i < b->n && b->at[i].name != name)
        i++;
    if (i < b->n && value != SYMBOLS_EMPTY) {
        b->at[i].value = value;
    } else if (i < b->n) {
        memmove(&b->at[i], &b->at[i + 1], (b->n - i - 1) * sizeof *b->at);
        b->n--;
    } else if (value != SYMBOLS_EMPTY && name != SYMBOLS_EMPTY) {
        builder_insert(b, (struct label){name, value});
    }
}

uint32_t
labels_builder_get(const struct labels_builder *b, uint32_t name)
{
    return labels_get((struct labels){b->at, b->n}, name);
}

uint32_t
labels_builder_id(struct labels_builder *b)
{
    return labels_id(b->pool, (struct labels){b->at, b->n});
}

int
labels_compare(const struct labels_pool *p, struct labels a, struct labels b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;

    for (uint32_t i = 0; i < n; i++) {
        if (a.at[i].name != b.at[i].name)
            return slice_compare(labels_text(p, a.at[i].name), labels_text(p, b.at[i].name));
        if (a.at[i].value != b.at[i].value)
            return slice_compare(labels_text(p, a.at[i].value), labels_text(p, b.at[i].value));
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

static int
compare_ids(const void *a, const void *b, void *pool)
{
    const struct labels_pool *p = pool;

    return labels_compare(p, p->sets[*(const uint32_t *)a], p->sets[*(const uint32_t *)b]);
}

void
labels_sort(const struct labels_pool *p, uint32_t *ids, size_t n)
{
    if (n > 1)
        qsort_r(ids, n, sizeof *ids, compare_ids, (void *)(uintptr_t)p);
}

static bool
plain_name(struct slice s, bool colon)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':') ||
              (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return s.n > 0;
}

static void
write_label(const struct labels_pool *p, struct label l, const char *before, struct text *to)
{
    struct slice name = labels_text(p, l.name);

    text_puts(to, before);
    if (plain_name(name, false))
        text_put(to, name);
    else
        goquote_write(to, name);
    text_putc(to, '=');
    goquote_write(to, labels_text(p, l.value));
}

void
labels_write(const struct labels_pool *p, struct labels set, struct text *to)
{
    text_putc(to, '{');
    for (uint32_t i = 0; i < set.n; i++)
        write_label(p, set.at[i], i ? ", " : "", to);
    text_putc(to, '}');
}

void
labels_write_series(const struct labels_pool *p, struct labels set, struct text *to)
{
    uint32_t     metric = labels_get(set, p->metric_name);
    struct slice name = labels_text(p, metric);
    bool         plain = plain_name(name, true);
    const char  *before = "";

    if (plain)
        text_put(to, name);
    if (plain && set.n == 1)
        return;
    text_putc(to, '{');
    if (metric && !plain) {
        goquote_write(to, name);
        before = ", ";
    }
    for (uint32_t i = 0; i < set.n; i++) {
        if (set.at[i].name == p->metric_name)
            continue;
        write_label(p, set.at[i], before, to);
        before = ", ";
    }
    text_putc(to, '}');
}

bool
labels_name_valid(struct slice name)
{
    return name.n > 0 && slice_utf8(name);
}
