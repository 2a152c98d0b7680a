/* writecache.h - which series the labels of a remote write are, by their bytes.
 *
 * A sender writes the labels of a series in the same bytes each time: 128 bits
 * of a keyed hash stand for them, so that a known series costs one pass over its
 * bytes and no memory for them.  Ingest thread. */
#ifndef TELEMETRY_WRITECACHE_H
#define TELEMETRY_WRITECACHE_H

#include "base/hash.h"

struct writecache_slot {
    struct hash_pair key;
    uint64_t         ref; /* 0: free */
};

/* Start it as {0}. */
struct writecache {
    struct writecache_slot *slots;
    size_t                  n, cap; /* cap is 0 or a power of two */
};

/* 0: not known. */
uint64_t writecache_get(const struct writecache *c, struct hash_pair key);

/* Replaces what was known of the key.  At most max keys are kept: past that all
 * are forgotten, and those in use are learnt again. */
void writecache_put(struct writecache *c, struct hash_pair key, uint64_t ref, size_t max);
void writecache_release(struct writecache *c);

#endif
