#include "promql/symbols.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/heap.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Texts stand in segments, each twice the one before, so that none ever moves
 * under a reader.  The first has FIRST_SEGMENT symbols. */
enum { FIRST_SEGMENT_BITS = 8, FIRST_SEGMENT = 1 << FIRST_SEGMENT_BITS, SEGMENTS = 23 };

_Static_assert((uint64_t)FIRST_SEGMENT << SEGMENTS > SYMBOLS_MAX, "every symbol has a segment");

/* Open addressing, at most half full.  A slot is hash << 32 | symbol + 1, 0 if
 * empty.  A table that was outgrown stays in the arena for readers who are still
 * in it; together they are as large as the last one. */
struct symbol_index {
    uint64_t         mask;
    _Atomic uint64_t slot[];
};

struct symbols {
    uint64_t                       serial;
    const struct symbols          *low, *high; /* of a view, which has nothing else */
    uint32_t                       n_low, n_high;
    struct arena                   arena;
    size_t                         bytes, max_bytes;
    _Atomic uint32_t               count;
    _Atomic(struct symbol_index *) index;
    struct slice                  *segment[SEGMENTS];
};

static uint64_t
next_serial(void)
{
    static _Atomic uint64_t last;

    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static struct slice *
place_of(const struct symbols *s, uint32_t symbol)
{
    uint32_t at = symbol + FIRST_SEGMENT;
    int      top = 31 - __builtin_clz(at);

    return &s->segment[top - FIRST_SEGMENT_BITS][at - (1u << top)];
}

static struct symbol_index *
new_index(struct symbols *s, uint64_t slots)
{
    struct symbol_index *x = arena_alloc(&s->arena, sizeof *x + (size_t)slots * sizeof x->slot[0]);

    x->mask = slots - 1;
    return x;
}

/* No duplicates are looked for: the writer knows the text is new. */
static void
index_put(struct symbol_index *x, uint32_t hash, uint32_t symbol)
{
    uint64_t i = hash;

    while (atomic_load_explicit(&x->slot[i & x->mask], memory_order_relaxed))
        i++;
    /* Release: who finds the slot sees the text. */
    atomic_store_explicit(&x->slot[i & x->mask], (uint64_t)hash << 32 | (symbol + 1),
                          memory_order_release);
}

static bool
index_find(const struct symbols *s, uint32_t hash, struct slice text, uint32_t *symbol)
{
    const struct symbol_index *x = atomic_load_explicit(&s->index, memory_order_acquire);

    for (uint64_t i = hash;; i++) {
        uint64_t slot = atomic_load_explicit(&x->slot[i & x->mask], memory_order_acquire);

        if (!slot)
            return false;
        if (slot >> 32 == hash && slice_equal(*place_of(s, (uint32_t)slot - 1), text)) {
            *symbol = (uint32_t)slot - 1;
            return true;
        }
    }
}

static void
grow_index(struct symbols *s, uint32_t count)
{
    const struct symbol_index *old = atomic_load_explicit(&s->index, memory_order_relaxed);
    struct symbol_index       *x;

    if (((uint64_t)count + 1) * 2 <= old->mask)
        return;
    x = new_index(s, (old->mask + 1) * 2);
    for (uint64_t i = 0; i <= old->mask; i++) {
        uint64_t slot = atomic_load_explicit(&old->slot[i], memory_order_relaxed);

        if (slot)
            index_put(x, (uint32_t)(slot >> 32), (uint32_t)slot - 1);
    }
    atomic_store_explicit(&s->index, x, memory_order_release);
}

static uint32_t
append(struct symbols *s, uint32_t hash, struct slice text)
{
    uint32_t symbol = atomic_load_explicit(&s->count, memory_order_relaxed);
    uint32_t at = symbol + FIRST_SEGMENT;
    int      top = 31 - __builtin_clz(at);

    if (at == 1u << top)
        s->segment[top - FIRST_SEGMENT_BITS] =
            arena_array(&s->arena, (size_t)1 << top, sizeof(struct slice));
    *place_of(s, symbol) = arena_slice(&s->arena, text);
    grow_index(s, symbol);
    index_put(atomic_load_explicit(&s->index, memory_order_relaxed), hash, symbol);
    atomic_store_explicit(&s->count, symbol + 1, memory_order_release);
    s->bytes += text.n;
    return symbol;
}

struct symbols *
symbols_new(size_t max_bytes)
{
    struct symbols *s = heap_new(1, sizeof *s);
    struct slice    empty = {"", 0};

    s->serial = next_serial();
    s->max_bytes = max_bytes;
    atomic_init(&s->index, new_index(s, FIRST_SEGMENT));
    (void)append(s, (uint32_t)hash_bytes(empty), empty);
    return s;
}

void
symbols_limit(struct symbols *s, size_t max_bytes)
{
    s->max_bytes = max_bytes;
}

void
symbols_free(struct symbols *s)
{
    if (!s)
        return;
    arena_release(&s->arena);
    free(s);
}

enum status
symbols_add(struct symbols *s, struct slice text, uint32_t *symbol, struct err *err)
{
    uint32_t hash = (uint32_t)hash_bytes(text);

    if (index_find(s, hash, text, symbol))
        return STATUS_OK;
    if (s->bytes > s->max_bytes || text.n > s->max_bytes - s->bytes ||
        symbols_count(s) > SYMBOLS_MAX)
        return err_set(
            err, STATUS_LIMIT,
            "label texts take more than %zu bytes: fewer distinct label values are needed",
            s->max_bytes);
    *symbol = append(s, hash, text);
    return STATUS_OK;
}

size_t
symbols_bytes(const struct symbols *s)
{
    return sizeof *s + s->arena.total_bytes;
}

bool
symbols_find(const struct symbols *s, struct slice text, uint32_t *symbol)
{
    uint32_t hash = (uint32_t)hash_bytes(text);

    if (!s->low)
        return index_find(s, hash, text, symbol);
    if (index_find(s->low, hash, text, symbol) && *symbol < s->n_low)
        return true;
    if (!index_find(s->high, hash, text, symbol) || *symbol >= s->n_high)
        return false;
    *symbol += s->n_low;
    return true;
}

struct slice
symbols_text(const struct symbols *s, uint32_t symbol)
{
    if (!s->low)
        return *place_of(s, symbol);
    return symbol < s->n_low ? *place_of(s->low, symbol) : *place_of(s->high, symbol - s->n_low);
}

uint32_t
symbols_count(const struct symbols *s)
{
    return s->low ? s->n_low + s->n_high : atomic_load_explicit(&s->count, memory_order_acquire);
}

uint64_t
symbols_serial(const struct symbols *s)
{
    return s->serial;
}

struct symbols *
symbols_view(const struct symbols *low, uint32_t n_low, const struct symbols *high, uint32_t n_high)
{
    struct symbols *s = heap_new(1, sizeof *s);

    s->serial = next_serial();
    s->low = low;
    s->high = high;
    s->n_low = n_low;
    s->n_high = n_high;
    return s;
}
