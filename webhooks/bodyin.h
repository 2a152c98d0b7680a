/* bodyin.h - the body of a request while it comes in, and the memory that all of
 * them may take together. */
#ifndef WEBHOOKS_BODYIN_H
#define WEBHOOKS_BODYIN_H

#include "base/text.h"

#include <stdatomic.h>

/* Shared by all threads.  Questions and telemetry have one each, so that who
 * brings much of the one leaves room for the other. */
struct bodyin_budget {
    atomic_ullong held_bytes;
    uint64_t      max_bytes;
};

struct bodyin {
    struct text           text;
    struct bodyin_budget *budget;
    uint64_t              counted_bytes; /* of the budget */
    uint64_t              discarded_bytes;
    bool                  too_large; /* for its path */
    bool                  no_room;   /* in the budget */
};

void bodyin_init(struct bodyin *b);

/* Once the headers are there, before the first byte. */
void bodyin_begin(struct bodyin *b, struct bodyin_budget *budget, size_t max_bytes);

/* What comes too much is thrown away: a client that still writes would not see the
 * answer.  Returns how much that was in all. */
uint64_t bodyin_take(struct bodyin *b, struct slice bytes);

/* The request is over; also where text was taken by somebody else. */
void bodyin_uncount(struct bodyin *b);
void bodyin_release(struct bodyin *b); /* wipes it: a token may stand in it */

#endif
