/* spare.h - memory that each request needs, kept for the next one of the same thread.
 *
 * A piece of some kilobytes is beyond what malloc() keeps at hand for a thread: with each
 * request it would be looked for, cut off and joined again.  One piece a thread is kept,
 * SPARE_PLACES at most; under the address sanitizer none, so that it sees who still uses
 * what was given back. */
#ifndef WEBHOOKS_SPARE_H
#define WEBHOOKS_SPARE_H

#include "base/base.h"

enum { SPARE_PLACES = 16 };

/* Starts as {0} and lives for ever.  All its pieces are of one size. */
struct spare {
    struct {
        /* Threads may come to share a place: a piece is taken and given in one step. */
        _Alignas(64) _Atomic(void *) piece;
    } place[SPARE_PLACES];
};

/* NULL: none was kept.  What was in it may still be there. */
void *spare_take(struct spare *s);

/* A piece of malloc()'s; it is the callee's now. */
void spare_give(struct spare *s, void *piece);

#endif
