#include "telemetry/writecache.h"

#include "base/heap.h"

#include <stdlib.h>

enum { FIRST_CAP = 1024 };

/* The slot of the key, or the free one where it belongs: linear probing, at most
 * three quarters full. */
static struct writecache_slot *
find(const struct writecache *c, struct hash_pair key)
{
    size_t i = (size_t)key.a & (c->cap - 1);

    while (c->slots[i].ref && (c->slots[i].key.a != key.a || c->slots[i].key.b != key.b))
        i = (i + 1) & (c->cap - 1);
    return &c->slots[i];
}

uint64_t
writecache_get(const struct writecache *c, struct hash_pair key)
{
    return c->cap ? find(c, key)->ref : 0;
}

static void
grow(struct writecache *c)
{
    struct writecache old = *c;

    c->cap = old.cap ? old.cap * 2 : FIRST_CAP;
    c->slots = heap_new(c->cap, sizeof *c->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].ref)
            *find(c, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void
writecache_put(struct writecache *c, struct hash_pair key, uint64_t ref, size_t max)
{
    struct writecache_slot *s;

    if (c->n >= max)
        writecache_release(c);
    if (c->n + 1 > c->cap / 4 * 3)
        grow(c);
    s = find(c, key);
    if (!s->ref)
        c->n++;
    *s = (struct writecache_slot){key, ref};
}

void
writecache_release(struct writecache *c)
{
    free(c->slots);
    *c = (struct writecache){0};
}
