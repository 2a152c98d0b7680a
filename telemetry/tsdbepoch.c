#include "telemetry/tsdbepoch.h"

#include "base/heap.h"

#include <stdlib.h>

struct tsdbepoch_retired {
    uint64_t seq;
    void    *p;
    void (*end)(void *owner, void *p);
    void  *owner;
    size_t bytes;
};

void
tsdbepoch_init(struct tsdbepoch *e)
{
    *e = (struct tsdbepoch){0};
    (void)pthread_mutex_init(&e->lock, NULL);
}

static void
free_until(struct tsdbepoch *e, uint64_t oldest)
{
    while (e->n && e->retired[e->first].seq <= oldest) {
        struct tsdbepoch_retired r = e->retired[e->first];

        e->first = (e->first + 1) & (e->cap - 1);
        e->n--;
        e->retired_bytes -= r.bytes;
        r.end(r.owner, r.p);
    }
}

void
tsdbepoch_release(struct tsdbepoch *e)
{
    free_until(e, UINT64_MAX);
    free(e->retired);
    (void)pthread_mutex_destroy(&e->lock);
}

void
tsdbepoch_pin(struct tsdbepoch *e, struct tsdbepoch_pin *p)
{
    (void)pthread_mutex_lock(&e->lock);
    p->seq = e->committed;
    p->next = e->pins;
    p->link = &e->pins;
    if (p->next)
        p->next->link = &p->next;
    e->pins = p;
    e->n_pins++;
    (void)pthread_mutex_unlock(&e->lock);
}

void
tsdbepoch_unpin(struct tsdbepoch *e, struct tsdbepoch_pin *p)
{
    (void)pthread_mutex_lock(&e->lock);
    *p->link = p->next;
    if (p->next)
        p->next->link = p->link;
    e->n_pins--;
    (void)pthread_mutex_unlock(&e->lock);
}

uint32_t
tsdbepoch_readers(struct tsdbepoch *e)
{
    uint32_t n;

    (void)pthread_mutex_lock(&e->lock);
    n = e->n_pins;
    (void)pthread_mutex_unlock(&e->lock);
    return n;
}

static void
grow(struct tsdbepoch *e)
{
    size_t                    cap = e->cap ? e->cap * 2 : 64;
    struct tsdbepoch_retired *more = heap_new(cap, sizeof *more);

    for (size_t i = 0; i < e->n; i++)
        more[i] = e->retired[(e->first + i) & (e->cap - 1)];
    free(e->retired);
    e->retired = more;
    e->first = 0;
    e->cap = cap;
}

void
tsdbepoch_retire(struct tsdbepoch *e, void *p, size_t bytes, void (*end)(void *owner, void *p),
                 void *owner)
{
    if (e->n == e->cap)
        grow(e);
    e->retired[(e->first + e->n++) & (e->cap - 1)] =
        (struct tsdbepoch_retired){tsdbepoch_now(e), p, end, owner, bytes};
    e->retired_bytes += bytes;
}

void
tsdbepoch_commit(struct tsdbepoch *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->oldest = ++e->committed;
    for (const struct tsdbepoch_pin *p = e->pins; p; p = p->next)
        if (p->seq < e->oldest)
            e->oldest = p->seq;
    (void)pthread_mutex_unlock(&e->lock);
    free_until(e, e->oldest);
}
