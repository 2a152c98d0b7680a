#include "analyzer/shelf.h"

#include "base/heap.h"
#include "base/pack.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX_BYTES = 8192, HEAP_OVERHEAD_BYTES = 16 };

void
shelf_init(struct shelf *s, struct arena *arena, struct naming *names, struct tally *tally)
{
    *s = (struct shelf){.arena = arena, .names = names, .tally = tally};
    text_init(&s->key, KEY_MAX_BYTES);
}

void
shelf_release(struct shelf *s)
{
    for (size_t i = 0; i < s->n; i++) {
        while (s->list[i]->groups) {
            struct book_group *g = s->list[i]->groups;

            s->list[i]->groups = g->next;
            free(g);
        }
        free(s->list[i]);
    }
    free(s->list);
    hash_release(&s->books);
    hash_release(&s->clocks);
    hash_release(&s->series);
    hash_release(&s->groups);
    text_release(&s->key);
}

static void
keep(struct shelf *s, struct hash_map *map, struct slice key, void *value)
{
    hash_set(map, key, value);
    s->key_bytes += key.n;
}

struct book_clock *
shelf_clock(struct shelf *s, enum counts_view view, struct slice instance)
{
    struct book_clock *c;
    struct slice       key;

    text_clear(&s->key);
    pack_u8(&s->key, (uint8_t)view);
    text_put(&s->key, instance);
    key = text_slice(&s->key);
    c = hash_get(&s->clocks, key);
    if (!c) {
        c = arena_new(s->arena, struct book_clock);
        keep(s, &s->clocks, key, c);
    }
    return c;
}

struct book *
shelf_book(struct shelf *s, enum counts_view view, struct slice instance, struct slice pod)
{
    struct book *b;
    struct slice key;

    text_clear(&s->key);
    pack_u8(&s->key, (uint8_t)view);
    pack_slice(&s->key, instance);
    text_put(&s->key, pod);
    key = text_slice(&s->key);
    b = hash_get(&s->books, key);
    if (b)
        return b;
    if (s->n - s->n_forgotten >= SNAPSHOT_MAX_INSTANCES)
        return NULL;
    b = heap_new(1, sizeof *b + key.n);
    b->view = view;
    b->id = s->next_id++;
    b->key_bytes = key.n;
    memcpy(b->key, key.p, key.n);
    b->name.n = pod.n > 0 ? pod.n : instance.n;
    b->name.p = b->key + (key.n - pod.n) - (pod.n > 0 ? 0 : instance.n);
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 16;
        s->list = heap_grow(s->list, s->cap, sizeof(struct book *));
    }
    s->list[s->n++] = b;
    s->heap_bytes += sizeof *b + key.n + HEAP_OVERHEAD_BYTES;
    keep(s, &s->books, key, b);
    b->clock = shelf_clock(s, view, instance);
    return b;
}

/* Flags as an interval cell keeps them.  A list that does not fit keeps whole
 * tokens, first one that alone gives the class of all. */
static void
fit_flags(const struct snapshot_group *g, char out[INTERVAL_FLAGS_BYTES])
{
    enum class all = class_of(g->code, g->grpc, g->flags);
    struct slice rest = g->flags, first = g->flags;
    size_t       used;

    if (g->flags.n < INTERVAL_FLAGS_BYTES) {
        snprintf(out, INTERVAL_FLAGS_BYTES, "%.*s", SLICE_ARG(g->flags));
        return;
    }
    while (rest.n > 0) {
        struct slice token = slice_trim(slice_cut(&rest, ','));

        if (token.n > 0 && class_of(g->code, g->grpc, token) == all) {
            first = token;
            break;
        }
    }
    /* Longer than any known token, it is an unknown one and remains so. */
    if (first.n >= INTERVAL_FLAGS_BYTES)
        first.n = INTERVAL_FLAGS_BYTES - 1;
    memcpy(out, first.p, first.n);
    used = first.n;
    for (rest = g->flags; rest.n > 0;) {
        struct slice token = slice_trim(slice_cut(&rest, ','));

        if (token.p == first.p || token.n == 0 || used + 1 + token.n >= INTERVAL_FLAGS_BYTES)
            continue;
        out[used] = ',';
        memcpy(out + used + 1, token.p, token.n);
        used += 1 + token.n;
    }
    out[used] = '\0';
}

static struct book_series *
new_series(struct shelf *s, enum counts_view view, const struct snapshot_group *g)
{
    struct book_series *n = arena_new(s->arena, struct book_series);

    n->family = naming_family(s->names, view, g);
    n->kind = g->kind;
    n->le_ms = g->le_ms;
    if (g->kind == SNAPSHOT_BUCKET) {
        VEC_PUSH(s->arena, &s->histogram, n);
        return n;
    }
    if (g->cluster.n > 0 && !naming_placeholder(g->cluster))
        n->cluster = tally_cluster(s->tally, g->cluster);
    n->cell.view = (uint8_t)view;
    snprintf(n->cell.code, sizeof n->cell.code, "%.*s", SLICE_ARG(g->code));
    snprintf(n->cell.grpc, sizeof n->cell.grpc, "%.*s", SLICE_ARG(g->grpc));
    fit_flags(g, n->cell.flags);
    n->class = class_of(g->code, g->grpc, slice_of(n->cell.flags));
    n->no_response =
        n->class == CLASS_CLIENT && class_no_response(g->code, slice_of(n->cell.flags));
    n->client_error = class_client_error(g->code, g->grpc, slice_of(n->cell.flags));
    return n;
}

struct book_series *
shelf_series(struct shelf *s, enum counts_view view, const struct snapshot_group *g)
{
    struct book_series *series;
    struct slice        key;

    text_clear(&s->key);
    pack_u8(&s->key, (uint8_t)((unsigned)view << 1 | (unsigned)g->kind));
    pack_slice(&s->key, g->key);
    pack_slice(&s->key, g->version);
    pack_slice(&s->key, g->revision);
    pack_slice(&s->key, g->workload);
    pack_slice(&s->key, g->cluster);
    if (g->kind == SNAPSHOT_BUCKET) {
        pack_double(&s->key, g->le_ms);
    } else {
        pack_slice(&s->key, g->code);
        pack_slice(&s->key, g->grpc);
        pack_slice(&s->key, g->flags);
    }
    key = text_slice(&s->key);
    series = hash_get(&s->series, key);
    if (!series) {
        series = new_series(s, view, g);
        keep(s, &s->series, key, series);
    }
    return series;
}

/* The key of a group in the map of groups. */
struct group_key {
    uint64_t series;
    uint64_t book;
};

static struct group_key
key_of(const struct book *b, const struct book_series *series)
{
    return (struct group_key){(uint64_t)(uintptr_t)series, b->id};
}

struct book_group *
shelf_group(struct shelf *s, struct book *b, struct book_series *series)
{
    struct group_key   k = key_of(b, series);
    struct slice       key = {(const char *)&k, sizeof k};
    struct book_group *g = hash_get(&s->groups, key);

    if (g)
        return g;
    if (s->n_groups >= SNAPSHOT_MAX_GROUPS)
        return NULL;
    g = heap_new(1, sizeof *g);
    g->series = series;
    g->next = b->groups;
    b->groups = g;
    b->n_groups++;
    s->n_groups++;
    s->heap_bytes += sizeof *g + HEAP_OVERHEAD_BYTES;
    keep(s, &s->groups, key, g);
    return g;
}

/* Free the newest group of the book. */
static void
pop_group(struct shelf *s, struct book *b)
{
    struct book_group *g = b->groups;
    struct group_key   k = key_of(b, g->series);

    (void)hash_remove(&s->groups, (struct slice){(const char *)&k, sizeof k});
    b->groups = g->next;
    b->n_groups--;
    s->n_groups--;
    s->key_bytes -= sizeof k;
    s->heap_bytes -= sizeof *g + HEAP_OVERHEAD_BYTES;
    free(g);
}

/* Free the i-th book; the last one takes its place in the list. */
static void
drop_book(struct shelf *s, size_t i)
{
    struct book *b = s->list[i];

    while (b->groups)
        pop_group(s, b);
    (void)hash_remove(&s->books, (struct slice){b->key, b->key_bytes});
    s->key_bytes -= b->key_bytes;
    s->heap_bytes -= sizeof *b + b->key_bytes + HEAP_OVERHEAD_BYTES;
    s->n_forgotten -= b->forgotten;
    s->list[i] = s->list[--s->n];
    free(b);
}

void
shelf_undo(struct shelf *s)
{
    for (size_t i = s->n; i-- > 0;) {
        struct book *b = s->list[i];

        podtally_unstage(b->pods);
        /* New groups stand before the known ones. */
        while (b->groups && !b->groups->known)
            pop_group(s, b);
        if (!b->opened && !b->forgotten)
            drop_book(s, i);
    }
}

void
shelf_forget(struct shelf *s, uint64_t tick, int64_t newest_ms)
{
    for (size_t i = s->n; i-- > 0;) {
        struct book *b = s->list[i];
        int64_t      gone_ms = newest_ms - b->present_ms;

        if (b->seen_tick == tick || gone_ms <= BOOK_KEEP_MS)
            continue;
        if (gone_ms > BOOK_REMEMBER_MS || s->n_forgotten >= SNAPSHOT_MAX_INSTANCES) {
            drop_book(s, i);
            continue;
        }
        while (b->groups)
            pop_group(s, b);
        s->n_forgotten += !b->forgotten;
        b->forgotten = true;
        b->opened = false;
    }
}

size_t
shelf_bytes(const struct shelf *s)
{
    return s->key_bytes + s->heap_bytes + s->key.cap + s->cap * sizeof(struct book *) +
           naming_map_bytes(&s->books) + naming_map_bytes(&s->clocks) +
           naming_map_bytes(&s->series) + naming_map_bytes(&s->groups);
}
