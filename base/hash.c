#include "base/hash.h"

#include "base/heap.h"

#include <stdlib.h>
#include <sys/random.h>

static uint64_t key0, key1;

/* Before main(), so that no thread ever sees a table under another key. */
__attribute__((constructor)) static void
draw_key(void)
{
    uint64_t key[2];

    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        abort(); /* 16 bytes never come short: getrandom(2) */
    key0 = key[0];
    key1 = key[1];
}

static inline uint64_t
rotate(uint64_t x, int b)
{
    return x << b | x >> (64 - b);
}

static inline void
sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline uint64_t
read_le64(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline void
sip_start(uint64_t v[4], uint64_t k0, uint64_t k1)
{
    v[0] = 0x736f6d6570736575 ^ k0;
    v[1] = 0x646f72616e646f6d ^ k1;
    v[2] = 0x6c7967656e657261 ^ k0;
    v[3] = 0x7465646279746573 ^ k1;
}

static inline void
sip_absorb(uint64_t v[4], struct slice s)
{
    uint64_t last = (uint64_t)s.n << 56;
    size_t   i;

    for (i = 0; i + 8 <= s.n; i += 8) {
        uint64_t m = read_le64(s.p + i);

        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    for (size_t shift = 0; i < s.n; i++, shift += 8)
        last |= (uint64_t)(unsigned char)s.p[i] << shift;
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
}

static inline uint64_t
sip_finish(uint64_t v[4])
{
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
hash_keyed(struct slice s, uint64_t k0, uint64_t k1)
{
    uint64_t v[4];

    sip_start(v, k0, k1);
    sip_absorb(v, s);
    v[2] ^= 0xff;
    return sip_finish(v);
}

struct hash_pair
hash_keyed_pair(struct slice s, uint64_t k0, uint64_t k1)
{
    uint64_t         v[4];
    struct hash_pair out;

    sip_start(v, k0, k1);
    v[1] ^= 0xee;
    sip_absorb(v, s);
    v[2] ^= 0xee;
    out.a = sip_finish(v);
    v[1] ^= 0xdd;
    out.b = sip_finish(v);
    return out;
}

struct hash_pair
hash_bytes_pair(struct slice s)
{
    return hash_keyed_pair(s, key0, key1);
}

uint64_t
hash_bytes(struct slice s)
{
    return hash_keyed(s, key0, key1);
}

static const uint64_t fnv_start = 0xcbf29ce484222325;

static inline uint64_t
fnv_step(uint64_t h, char c)
{
    return (h ^ (unsigned char)c) * 0x100000001b3;
}

uint64_t
hash_stable(struct slice s)
{
    uint64_t h = fnv_start;

    for (size_t i = 0; i < s.n; i++)
        h = fnv_step(h, s.p[i]);
    return h;
}

/* How many bytes at the beginning are the same, at most n.  Eight at a time as
 * long as both may be read so far. */
static size_t
shared(const char *a, const char *b, size_t n, size_t room)
{
    size_t i = 0;

    for (uint64_t x, y; i < n && i + sizeof x <= room; i += sizeof x) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        if (x != y)
            break;
    }
    while (i < n && i < room && a[i] == b[i])
        i++;
    return i < n ? i : n;
}

uint64_t
hash_sorted(struct hash_sorted *h, const char *name, size_t room)
{
    size_t   at = 0;
    uint64_t hash;

    h->after[0] = fnv_start;
    if (h->last_bytes)
        at = shared(name, h->last, h->last_bytes, room < h->last_room ? room : h->last_room);
    hash = h->after[at];
    for (; at + 1 < room && name[at]; h->after[++at] = hash)
        hash = fnv_step(hash, name[at]);
    h->last = name;
    h->last_bytes = at;
    h->last_room = room;
    return hash;
}

/* Open addressing, linear probing, at most three quarters full; an empty slot
 * has key == NULL. */
struct hash_slot {
    uint64_t hash;
    char    *key;
    size_t   key_bytes;
    void    *value;
};

enum { FIRST_CAP = 16 };

/* The slot of the key, or the empty one where it belongs. */
static struct hash_slot *
find(const struct hash_map *m, struct slice key, uint64_t hash)
{
    for (size_t i = (size_t)hash;; i++) {
        struct hash_slot *s = &m->slots[i & (m->cap - 1)];

        if (!s->key || (s->hash == hash && slice_equal((struct slice){s->key, s->key_bytes}, key)))
            return s;
    }
}

void *
hash_get(const struct hash_map *m, struct slice key)
{
    return m->n ? find(m, key, hash_bytes(key))->value : NULL;
}

static void
grow(struct hash_map *m)
{
    struct hash_map more = {.n = m->n, .cap = m->cap ? m->cap * 2 : FIRST_CAP};

    more.slots = heap_new(more.cap, sizeof *more.slots);
    for (size_t i = 0; i < m->cap; i++) {
        const struct hash_slot *s = &m->slots[i];

        if (s->key)
            *find(&more, (struct slice){s->key, s->key_bytes}, s->hash) = *s;
    }
    free(m->slots);
    *m = more;
}

void
hash_set(struct hash_map *m, struct slice key, void *value)
{
    uint64_t          hash = hash_bytes(key);
    struct hash_slot *s;

    if (m->n + 1 > m->cap / 4 * 3)
        grow(m);
    s = find(m, key, hash);
    if (!s->key) {
        s->key = heap_new(key.n, 1);
        if (key.n)
            memcpy(s->key, key.p, key.n);
        s->key_bytes = key.n;
        s->hash = hash;
        m->n++;
    }
    s->value = value;
}

/* Close the gap at `hole`: move up each follower whose probe path crosses it. */
static void
close_gap(struct hash_map *m, size_t hole)
{
    size_t mask = m->cap - 1;

    for (size_t i = (hole + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
        size_t home = (size_t)m->slots[i].hash & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct hash_slot){0};
}

void *
hash_remove(struct hash_map *m, struct slice key)
{
    struct hash_slot *s;
    void             *value;

    if (m->n == 0)
        return NULL;
    s = find(m, key, hash_bytes(key));
    if (!s->key)
        return NULL;
    value = s->value;
    free(s->key);
    close_gap(m, (size_t)(s - m->slots));
    m->n--;
    return value;
}

void
hash_release(struct hash_map *m)
{
    for (size_t i = 0; i < m->cap; i++)
        free(m->slots[i].key);
    free(m->slots);
    *m = (struct hash_map){0};
}

bool
hash_next(const struct hash_map *m, size_t *cursor, struct slice *key, void **value)
{
    while (*cursor < m->cap) {
        const struct hash_slot *s = &m->slots[(*cursor)++];

        if (s->key) {
            *key = (struct slice){s->key, s->key_bytes};
            *value = s->value;
            return true;
        }
    }
    return false;
}
