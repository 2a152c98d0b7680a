/* hash.h - the one hash, and the one map from text to pointers. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/slice.h"

/* SipHash-1-3 (Aumasson and Bernstein 2012) under a key drawn once per
 * process, so that label values chosen by others cannot make tables slow.
 * Never store it: it differs from process to process. */
uint64_t hash_bytes(struct slice s);

/* The same function under a key of the caller's, for its known answers. */
uint64_t hash_keyed(struct slice s, uint64_t k0, uint64_t k1);

/* SipHash-1-3 with 128 bits of result, as its authors widened it: for what stands
 * for its text alone, without the text to compare with. */
struct hash_pair {
    uint64_t a, b;
};
struct hash_pair hash_bytes_pair(struct slice s);
struct hash_pair hash_keyed_pair(struct slice s, uint64_t k0, uint64_t k1);

/* FNV-1a, 64 bits: the same in every process.  For stored fingerprints only. */
uint64_t hash_stable(struct slice s);

/* The same for many names that come sorted: what a name shares with the one
 * before is not hashed again.  Start it as {0}; a name lives until the next. */
enum { HASH_SORTED_BYTES = 256 };
struct hash_sorted {
    const char *last;
    size_t      last_bytes, last_room;
    uint64_t    after[HASH_SORTED_BYTES]; /* so many bytes of last */
};
/* name: ends with NUL within its room, at most HASH_SORTED_BYTES. */
uint64_t hash_sorted(struct hash_sorted *h, const char *name, size_t room);

/* Map from text to void *; start it as {0}.  Keys are copied. */
struct hash_map {
    struct hash_slot *slots;
    size_t            n, cap;
};

void *hash_get(const struct hash_map *m, struct slice key); /* NULL: absent */
void  hash_set(struct hash_map *m, struct slice key, void *value);
void *hash_remove(struct hash_map *m, struct slice key); /* the old value or NULL */
void  hash_release(struct hash_map *m);                  /* keys only; values are the caller's */

/* Walk in no particular order: start with *cursor = 0, false at the end.  The
 * map must not change meanwhile. */
bool hash_next(const struct hash_map *m, size_t *cursor, struct slice *key, void **value);

#endif
