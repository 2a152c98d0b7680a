#include "telemetry/tsdbtimes.h"

#include "base/heap.h"
#include "telemetry/tsdbepoch.h"

#include <stdlib.h>
#include <string.h>

struct tsdbtimes *
tsdbtimes_new(struct tsdbtimes_recent *r)
{
    struct tsdbtimes *t = heap_new(1, sizeof *t);

    t->refs = 1;
    r->bytes += tsdbepoch_cost(sizeof *t);
    return t;
}

void
tsdbtimes_ref(struct tsdbtimes *t)
{
    t->refs++;
}

void
tsdbtimes_unref(struct tsdbtimes_recent *r, struct tsdbtimes *t)
{
    if (!t || --t->refs)
        return;
    r->bytes -= tsdbepoch_cost(sizeof *t);
    free(t);
}

static size_t
place_of(int64_t t_ms)
{
    return (size_t)((uint64_t)t_ms * 0x9e3779b97f4a7c15 >> 58);
}

_Static_assert(TSDBTIMES_RECENT == 1 << (64 - 58), "place_of() yields six bits");

void
tsdbtimes_add(struct tsdbtimes_recent *r, struct tsdbtimes *t, int64_t t_ms, uint64_t seq)
{
    struct tsdbtimes **place = &r->at[place_of(t_ms)];

    t->t_ms[t->n] = t_ms;
    t->seq[t->n++] = seq;
    if (*place == t)
        return;
    tsdbtimes_ref(t);
    tsdbtimes_unref(r, *place);
    *place = t;
}

struct tsdbtimes *
tsdbtimes_find(const struct tsdbtimes_recent *r, int64_t t_ms, const int64_t *begin, uint32_t n)
{
    struct tsdbtimes *t = r->at[place_of(t_ms)];

    if (!t || t->n <= n || t->t_ms[t->n - 1] != t_ms)
        return NULL;
    return n == 0 || memcmp(t->t_ms, begin, n * sizeof *begin) == 0 ? t : NULL;
}

void
tsdbtimes_release(struct tsdbtimes_recent *r)
{
    for (size_t i = 0; i < ARRAY_LEN(r->at); i++)
        tsdbtimes_unref(r, r->at[i]);
    *r = (struct tsdbtimes_recent){.bytes = r->bytes};
}
