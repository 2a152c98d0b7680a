/* tsdbslots.h - what the refs of writers stand for.
 *
 * A ref is a place in a table and the place's generation, which changes when its
 * series is collected: an old ref finds nothing. */
#ifndef TELEMETRY_TSDBSLOTS_H
#define TELEMETRY_TSDBSLOTS_H

#include "telemetry/tsdbseries.h"

struct tsdbslots_one {
    struct tsdbseries *series; /* NULL: free */
    uint32_t           column; /* of a free one: the next free, + 1 */
    uint32_t           generation;
};

struct tsdbslots {
    struct tsdbslots_one *at;
    size_t                n, cap;
    uint32_t              free; /* + 1 */
};

/* To be filled in by whoever takes it. */
uint32_t tsdbslots_take(struct tsdbslots *s);
void     tsdbslots_give(struct tsdbslots *s, uint32_t slot);
void     tsdbslots_release(struct tsdbslots *s);

static inline uint64_t
tsdbslots_ref(const struct tsdbslots *s, uint32_t slot)
{
    return (uint64_t)s->at[slot].generation << 32 | ((uint64_t)slot + 1);
}

/* NULL: the ref is of no living series. */
static inline struct tsdbslots_one *
tsdbslots_get(const struct tsdbslots *s, uint64_t ref)
{
    uint32_t slot = (uint32_t)ref - 1;

    if (slot >= s->n || s->at[slot].generation != ref >> 32 || !s->at[slot].series)
        return NULL;
    return &s->at[slot];
}

#endif
