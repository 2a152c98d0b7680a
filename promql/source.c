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

enum status
source_poll(const struct source_query *q, struct err *err)
{
    if (q->cancel && atomic_load_explicit(q->cancel, memory_order_relaxed))
        return err_set(err, STATUS_CANCELLED, "query was canceled while series were selected");
    if (q->clock && clock_mono_ms(q->clock) >= q->deadline_ms)
        return err_set(err, STATUS_TIMEOUT, "query timed out while series were selected");
    return STATUS_OK;
}

void
source_scratch_release(struct source_scratch *s)
{
    free(s->t_ms);
    free(s->value);
    *s = (struct source_scratch){0};
}
