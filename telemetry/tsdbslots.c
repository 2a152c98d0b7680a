#include "telemetry/tsdbslots.h"

#include "base/heap.h"

#include <stdlib.h>

uint32_t
tsdbslots_take(struct tsdbslots *s)
{
    uint32_t slot = s->free - 1;

    if (s->free) {
        s->free = s->at[slot].column;
        return slot;
    }
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap + s->cap / 2 : 64;
        s->at = heap_grow(s->at, s->cap, sizeof *s->at);
    }
    s->at[s->n] = (struct tsdbslots_one){0};
    return (uint32_t)s->n++;
}

void
tsdbslots_give(struct tsdbslots *s, uint32_t slot)
{
    struct tsdbslots_one *one = &s->at[slot];

    one->series = NULL;
    if (++one->generation == 0)
        return; /* all refs of this place have been used */
    one->column = s->free;
    s->free = slot + 1;
}

void
tsdbslots_release(struct tsdbslots *s)
{
    free(s->at);
    *s = (struct tsdbslots){0};
}
