#include "promql/source.h"

#include "base/heap.h"

#include <stdlib.h>

void
source_scratch_reserve(struct source_scratch *s, size_t n)
{
    size_t cap = s->cap ? s->cap : 64;

    if (n <= s->cap)
        return;
    while (cap < n)
        cap *= 2;
    source_scratch_release(s);
    s->t_ms = heap_new(cap, sizeof *s->t_ms);
    s->value = heap_new(cap, sizeof *s->value);
    s->cap = cap;
}

void
source_scratch_release(struct source_scratch *s)
{
    free(s->t_ms);
    free(s->value);
    *s = (struct source_scratch){0};
}
