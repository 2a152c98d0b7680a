#include "telemetry/scrapepool.h"

#include "base/heap.h"

#include <stdlib.h>

enum { LOG_LINES_A_MINUTE = 20, MINUTE_MS = 60000 };

struct scrapepool *
scrapepool_new(const struct scraper_world *w)
{
    struct scrapepool *p = heap_new(1, sizeof *p);

    p->refs = 1;
    p->world = *w;
    return p;
}

struct scrapepool *
scrapepool_hold(struct scrapepool *p)
{
    p->refs++;
    return p;
}

void
scrapepool_drop(struct scrapepool *p)
{
    struct scraper_world world = p->world;

    if (--p->refs)
        return;
    free(p);
    if (world.gone)
        world.gone(world.ctx);
}

static struct scrapeturn_list *
list_of(struct scrapepool *p, const struct scrapeturn *t)
{
    return t->slow ? &p->slow : &p->quick;
}

static void
unlink_turn(struct scrapepool *p, struct scrapeturn *t)
{
    struct scrapeturn_list *l = list_of(p, t);

    *(t->prev ? &t->prev->next : &l->first) = t->next;
    *(t->next ? &t->next->prev : &l->last) = t->prev;
    t->prev = t->next = NULL;
    t->queued = false;
    p->n_waiting--;
}

static uint32_t
most_slow(const struct scrapepool *p)
{
    return p->most < 8 ? 1 : p->most / 4;
}

static bool
slow_may(const struct scrapepool *p)
{
    return p->slow.first && p->slow_in_flight < most_slow(p);
}

/* Whose turn it is.  One slow target goes before the quick ones, or none that
 * hung once would ever be seen to have recovered under a full load. */
static struct scrapeturn *
next_turn(const struct scrapepool *p)
{
    if (p->quick_in_flight + p->slow_in_flight >= p->most)
        return NULL;
    if (slow_may(p) && (!p->slow_in_flight || !p->quick.first))
        return p->slow.first;
    return p->quick.first;
}

static void
pump(struct scrapepool *p)
{
    struct scrapeturn *t;

    while ((t = next_turn(p))) {
        unlink_turn(p, t);
        ++*(t->slow ? &p->slow_in_flight : &p->quick_in_flight);
        t->go(t->ctx);
    }
}

void
scrapepool_enter(struct scrapepool *p, struct scrapeturn *t, bool slow)
{
    struct scrapeturn_list *l;

    t->slow = slow;
    l = list_of(p, t);
    t->prev = l->last;
    t->next = NULL;
    *(l->last ? &l->last->next : &l->first) = t;
    l->last = t;
    t->queued = true;
    p->n_waiting++;
    pump(p);
}

void
scrapepool_withdraw(struct scrapepool *p, struct scrapeturn *t)
{
    if (t->queued)
        unlink_turn(p, t);
}

void
scrapepool_leave(struct scrapepool *p, struct scrapeturn *t)
{
    --*(t->slow ? &p->slow_in_flight : &p->quick_in_flight);
    pump(p);
}

bool
scrapepool_may_log(struct scrapepool *p, uint32_t *held)
{
    const int64_t now_ms = clock_mono_ms(p->world.clock);

    if (now_ms - p->log_from_ms >= MINUTE_MS) {
        p->log_from_ms = now_ms;
        p->log_told = 0;
    }
    if (p->log_told == LOG_LINES_A_MINUTE) {
        p->log_held++;
        return false;
    }
    p->log_told++;
    *held = p->log_held;
    p->log_held = 0;
    return true;
}
