#include "tests/meshsim/sim_proxy.h"

#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>

struct sim_scrape {
    struct sim_proxy       *proxy;
    struct sim_incarnation *of;
    uint64_t                serial;
    size_t                  n;
    struct sim_counts       shown[];
};

static struct sim_incarnation *
new_incarnation(void)
{
    struct arena            a = {0};
    struct sim_incarnation *i = arena_new(&a, struct sim_incarnation);

    i->arena = a;
    return i;
}

static void
free_incarnation(struct sim_incarnation *i)
{
    struct arena a = i->arena;

    arena_release(&a);
}

void
sim_proxy_init(struct sim_proxy *p)
{
    p->live = new_incarnation();
}

void
sim_proxy_release(struct sim_proxy *p)
{
    while (p->dying) {
        struct sim_incarnation *i = p->dying;

        p->dying = i->next_dying;
        free_incarnation(i);
    }
    free_incarnation(p->live);
    arena_release(&p->arena);
}

bool
sim_proxy_key_equal(const struct sim_key *a, const struct sim_key *b)
{
    return a->service == b->service && a->version == b->version &&
           a->client_kind == b->client_kind && a->code == b->code && a->flags == b->flags &&
           a->grpc == b->grpc && a->knows == b->knows;
}

static struct sim_cell *
cell_of(struct sim_incarnation *i, const struct sim_key *key)
{
    struct sim_cell *c;

    for (size_t k = 0; k < i->cells.n; k++) {
        if (sim_proxy_key_equal(&i->cells.at[k]->key, key))
            return i->cells.at[k];
    }
    c = arena_new(&i->arena, struct sim_cell);
    c->key = *key;
    VEC_PUSH(&i->arena, &i->cells, c);
    return c;
}

void
sim_proxy_count(struct sim_proxy *p, const struct sim_key *key, struct sim_sample s)
{
    struct sim_cell *c = cell_of(p->live, key);

    c->truth.requests++;
    c->shown.requests++;
    for (size_t m = 0; m < SIM_MEASURE_COUNT; m++) {
        sim_bounds_observe(p->bounds, p->exclusive_bounds, &c->truth.measure[m], s.measure[m]);
        if (!p->flushes)
            sim_bounds_observe(p->bounds, p->exclusive_bounds, &c->shown.measure[m], s.measure[m]);
    }
}

void
sim_proxy_flush(struct sim_proxy *p)
{
    for (size_t k = 0; k < p->live->cells.n; k++)
        p->live->cells.at[k]->shown = p->live->cells.at[k]->truth;
}

void
sim_proxy_counts_add(struct sim_counts *to, const struct sim_counts *from)
{
    to->requests += from->requests;
    for (size_t m = 0; m < SIM_MEASURE_COUNT; m++) {
        to->measure[m].count += from->measure[m].count;
        to->measure[m].sum += from->measure[m].sum;
        for (size_t b = 0; b <= SIM_BOUNDS_MAX; b++)
            to->measure[m].bucket[b] += from->measure[m].bucket[b];
    }
}

void
sim_proxy_counts_subtract(struct sim_counts *to, const struct sim_counts *less)
{
    to->requests -= less->requests;
    for (size_t m = 0; m < SIM_MEASURE_COUNT; m++) {
        to->measure[m].count -= less->measure[m].count;
        to->measure[m].sum -= less->measure[m].sum;
        for (size_t b = 0; b <= SIM_BOUNDS_MAX; b++)
            to->measure[m].bucket[b] -= less->measure[m].bucket[b];
    }
}

static struct sim_tally *
retired_tally(struct sim_proxy *p, const struct sim_key *key)
{
    for (size_t k = 0; k < p->retired.n; k++) {
        if (sim_proxy_key_equal(&p->retired.at[k].key, key))
            return &p->retired.at[k];
    }
    VEC_PUSH(&p->arena, &p->retired, (struct sim_tally){.key = *key});
    return &p->retired.at[p->retired.n - 1];
}

static void
retire(struct sim_proxy *p, struct sim_incarnation *i)
{
    for (size_t k = 0; k < i->cells.n; k++) {
        const struct sim_cell *c = i->cells.at[k];
        struct sim_tally      *t = retired_tally(p, &c->key);

        sim_proxy_counts_add(&t->total, &c->truth);
        sim_proxy_counts_add(&t->unscraped, &c->truth);
        sim_proxy_counts_subtract(&t->unscraped, &c->scraped);
    }
    free_incarnation(i);
}

void
sim_proxy_restart(struct sim_proxy *p)
{
    struct sim_incarnation *old = p->live;

    p->live = new_incarnation();
    p->restarts++;
    if (old->pending == 0) {
        retire(p, old);
        return;
    }
    old->next_dying = p->dying;
    p->dying = old;
}

struct sim_scrape *
sim_proxy_scrape(struct sim_proxy *p)
{
    struct sim_incarnation *i = p->live;
    size_t             bytes = sizeof(struct sim_scrape) + i->cells.n * sizeof(struct sim_counts);
    struct sim_scrape *s = heap_new(1, bytes);

    s->proxy = p;
    s->of = i;
    s->serial = ++i->next_scrape;
    s->n = i->cells.n;
    for (size_t k = 0; k < s->n; k++)
        s->shown[k] = i->cells.at[k]->shown;
    i->pending++;
    return s;
}

static void
unlink_dying(struct sim_proxy *p, const struct sim_incarnation *i)
{
    struct sim_incarnation **at = &p->dying;

    while (*at != i) {
        assert(*at);
        at = &(*at)->next_dying;
    }
    *at = i->next_dying;
}

void
sim_proxy_scrape_end(struct sim_scrape *s, bool complete)
{
    struct sim_proxy       *p = s->proxy;
    struct sim_incarnation *i = s->of;

    /* Of two scrapes that overlapped, the one taken later shows more. */
    if (complete && s->serial > i->latest_scrape) {
        i->latest_scrape = s->serial;
        for (size_t k = 0; k < s->n; k++)
            i->cells.at[k]->scraped = s->shown[k];
    }
    if (complete)
        p->scrapes++;
    i->pending--;
    if (i != p->live && i->pending == 0) {
        unlink_dying(p, i);
        retire(p, i);
    }
    free(s);
}

void
sim_proxy_mark_scraped(struct sim_proxy *p)
{
    sim_proxy_scrape_end(sim_proxy_scrape(p), true);
}

static void
visit_incarnation(const struct sim_incarnation *i, bool                      ended,
                  void (*visit)(void *ctx, const struct sim_tally *t), void *ctx)
{
    for (size_t k = 0; k < i->cells.n; k++) {
        const struct sim_cell *c = i->cells.at[k];
        struct sim_tally       t = {.key = c->key, .total = c->truth};

        if (ended) {
            t.unscraped = c->truth;
            sim_proxy_counts_subtract(&t.unscraped, &c->scraped);
        }
        visit(ctx, &t);
    }
}

void
sim_proxy_tallies(const struct sim_proxy *p, void (*visit)(void *ctx, const struct sim_tally *t),
                  void                   *ctx)
{
    for (size_t k = 0; k < p->retired.n; k++)
        visit(ctx, &p->retired.at[k]);
    for (const struct sim_incarnation *i = p->dying; i; i = i->next_dying)
        visit_incarnation(i, true, visit, ctx);
    visit_incarnation(p->live, false, visit, ctx);
}
