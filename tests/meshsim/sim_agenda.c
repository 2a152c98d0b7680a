#include "tests/meshsim/sim_agenda.h"

#include "base/heap.h"

#include <stdlib.h>

static bool
before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void
sink(struct sim_agenda *a, size_t i)
{
    struct sim_event e = a->at[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < a->n && before(&a->at[child + 1], &a->at[child]))
            child++;
        if (child >= a->n || !before(&a->at[child], &e))
            break;
        a->at[i] = a->at[child];
        i = child;
    }
    a->at[i] = e;
}

void
sim_agenda_push(struct sim_agenda *a, struct sim_event e)
{
    size_t i = a->n++;

    if (i == a->cap) {
        a->cap = a->cap ? 2 * a->cap : 256;
        a->at = heap_grow(a->at, a->cap, sizeof *a->at);
    }
    e.order = a->next_order++;
    for (; i > 0 && before(&e, &a->at[(i - 1) / 2]); i = (i - 1) / 2)
        a->at[i] = a->at[(i - 1) / 2];
    a->at[i] = e;
}

bool
sim_agenda_pop(struct sim_agenda *a, int64_t until_us, struct sim_event *out)
{
    if (a->n == 0 || a->at[0].at_us > until_us)
        return false;
    *out = a->at[0];
    a->at[0] = a->at[--a->n];
    if (a->n > 0)
        sink(a, 0);
    return true;
}

void
sim_agenda_edit(struct sim_agenda *a, void (*edit)(void *ctx, struct sim_event *e), void *ctx)
{
    for (size_t i = 0; i < a->n; i++)
        edit(ctx, &a->at[i]);
    for (size_t i = a->n / 2; i-- > 0;)
        sink(a, i);
}

void
sim_agenda_release(struct sim_agenda *a)
{
    free(a->at);
    *a = (struct sim_agenda){0};
}
