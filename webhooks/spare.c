#include "webhooks/spare.h"

#include <stdatomic.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define SPARE_NOTHING 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SPARE_NOTHING 1
#endif
#endif

static unsigned
my_place(void)
{
    static atomic_uint            n_threads;
    static _Thread_local unsigned thread; /* from 1 */

    if (!thread)
        thread = atomic_fetch_add(&n_threads, 1) % SPARE_PLACES + 1;
    return thread - 1;
}

void *
spare_take(struct spare *s)
{
    return atomic_exchange(&s->place[my_place()].piece, NULL);
}

void
spare_give(struct spare *s, void *piece)
{
#ifdef SPARE_NOTHING
    (void)s;
    (void)my_place;
    free(piece);
#else
    free(atomic_exchange(&s->place[my_place()].piece, piece));
#endif
}
