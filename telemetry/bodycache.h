/* bodycache.h - the series of a target's last body, line by line, so that the
 * same line in the next one is known without being read.
 *
 * A line is kept as what tells it from the line above it, and compared against
 * that one where it stands in the new body: 20 to 60 bytes a line instead of
 * 600, and not one byte uncompared.  Where lines have come or gone, the cursor
 * waits or looks ahead, and a new list is made beside the old one. */
#ifndef TELEMETRY_BODYCACHE_H
#define TELEMETRY_BODYCACHE_H

#include "base/slice.h"

enum { BODYCACHE_MAX_SERIES_BYTES = (1 << 21) - 1 };

struct bodycache_line {
    uint64_t ref;
    uint64_t n : 21;      /* bytes of the series */
    uint64_t before : 21; /* of them, how many begin the line above, too */
    uint64_t behind : 21; /* how many end it, too */
    uint64_t tracked : 1; /* gets a staleness marker when it has gone */
};

struct bodycache {
    struct bodycache_line *lines;
    uint32_t               n, cap;
    char                  *text; /* of each line what stands between before and behind */
    size_t                 n_text, cap_text;
};

/* One body read against the cache.  Zero it and set the cache; the body's bytes
 * must stay where they are until the end, or until bodycache_hold(). */
struct bodycache_pass {
    struct bodycache *cache;
    /* --- */
    uint32_t         at; /* the line that should come next */
    size_t           at_text;
    struct slice     above;    /* the line before that, where it was hit in the body */
    struct slice     last;     /* the line that was taken last, in the body */
    bool             changed;  /* the new list is being made */
    struct bodycache next;     /* it */
    uint32_t         patience; /* how far a search looks */
    char            *work;     /* lines put together again */
    size_t           cap_work;
    char            *held; /* above and last, once their body has gone */
    uint64_t        *gone; /* refs of tracked lines that were passed over */
    uint32_t         n_gone, cap_gone;
};

/* Bytes of the expected series if text begins with it, else 0. */
size_t bodycache_expected(const struct bodycache_pass *p, struct slice text);

/* Take the expected line; its ref. */
uint64_t bodycache_hit(struct bodycache_pass *p, struct slice series, bool tracked);

/* Whether the series stands further down in the cache: then what stands between
 * has gone, and bodycache_hit() must follow. */
bool bodycache_search(struct bodycache_pass *p, struct slice series);

/* A line that is not in the cache, of at most BODYCACHE_MAX_SERIES_BYTES. */
void bodycache_add(struct bodycache_pass *p, struct slice series, uint64_t ref, bool tracked);

/* The line that was taken last has this ref from now on. */
void bodycache_renew(struct bodycache_pass *p, uint64_t ref);

/* A part of the body goes, another will follow. */
void bodycache_hold(struct bodycache_pass *p);

/* The body is over: what was taken, in its order, is the cache now; gone holds all
 * that was not. */
void bodycache_end(struct bodycache_pass *p);

/* Of the pass; without bodycache_end() the cache is what it was. */
void bodycache_release_pass(struct bodycache_pass *p);

void   bodycache_release(struct bodycache *c);
size_t bodycache_bytes(const struct bodycache *c);

#endif
