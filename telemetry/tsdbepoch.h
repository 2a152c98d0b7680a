/* tsdbepoch.h - which state a reader sees, and when what nobody can see is freed.
 *
 * The writer numbers its commits.  What it writes carries the number of the commit
 * that will publish it; a reader pins the last commit at its open and takes for
 * absent whatever has a higher number.  What the writer takes out of the store it
 * retires under the number of the commit that publishes the removal: readers who
 * pinned an earlier one may still be looking at it, and nobody else can. */
#ifndef TELEMETRY_TSDBEPOCH_H
#define TELEMETRY_TSDBEPOCH_H

#include "base/base.h"

#include <pthread.h>

struct tsdbepoch_pin {
    uint64_t              seq; /* the last commit seen */
    struct tsdbepoch_pin *next, **link;
};

struct tsdbepoch {
    pthread_mutex_t       lock; /* of committed and pins */
    uint64_t              committed;
    struct tsdbepoch_pin *pins;
    uint32_t              n_pins;
    /* The writer's. */
    uint64_t                  oldest; /* no reader sees less than this commit */
    struct tsdbepoch_retired *retired;
    size_t                    first, n, cap; /* a ring */
    size_t                    retired_bytes;
};

void tsdbepoch_init(struct tsdbepoch *e);
void tsdbepoch_release(struct tsdbepoch *e); /* frees all that is retired; no pin may be left */

/* Any thread. */
void     tsdbepoch_pin(struct tsdbepoch *e, struct tsdbepoch_pin *p);
void     tsdbepoch_unpin(struct tsdbepoch *e, struct tsdbepoch_pin *p);
uint32_t tsdbepoch_readers(struct tsdbepoch *e);

/* The writer: the number of what is written now. */
static inline uint64_t
tsdbepoch_now(const struct tsdbepoch *e)
{
    return e->committed + 1; /* only the writer changes it */
}

/* end(owner, p) is called, by the writer, once no reader can see p. */
void tsdbepoch_retire(struct tsdbepoch *e, void *p, size_t bytes, void (*end)(void *owner, void *p),
                      void *owner);

/* Publish, and free what has become free. */
void tsdbepoch_commit(struct tsdbepoch *e);

/* What an allocation of so many bytes costs with malloc's own word. */
static inline size_t
tsdbepoch_cost(size_t bytes)
{
    return (bytes + sizeof(size_t) + 15) & ~(size_t)15;
}

#endif
