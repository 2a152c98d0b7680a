/* scrapepool.h - what all scrapes of a source share: slots, memory, counts.
 *
 * At most so many transfers at once.  Targets that hung last time are slow:
 * they have a quarter of the slots and a queue of their own, so that however
 * many hang, the others are scraped in time.  Loop thread. */
#ifndef TELEMETRY_SCRAPEPOOL_H
#define TELEMETRY_SCRAPEPOOL_H

#include "telemetry/scraper.h"

/* A place in the queue; embedded, zero it and set go and ctx. */
struct scrapeturn {
    struct scrapeturn *prev, *next;
    bool               queued, slow;
    void (*go)(void *ctx); /* has a slot now */
    void *ctx;
};

struct scrapeturn_list {
    struct scrapeturn *first, *last;
};

/* Counted: the scraper and each of its targets hold it. */
struct scrapepool {
    size_t                 refs;
    struct scraper_world   world;
    uint32_t               most; /* slots */
    uint32_t               quick_in_flight, slow_in_flight, n_waiting;
    struct scrapeturn_list quick, slow;
    size_t   buffered, max_buffered; /* bytes of bodies, here and in the ingest queue */
    uint64_t scrapes, failed, missed, no_slot, samples, bytes;
    size_t   leaving;     /* targets that wait for their stale markers */
    int64_t  log_from_ms; /* start of the minute that log_told counts in */
    uint32_t log_told, log_held;
};

struct scrapepool *scrapepool_new(const struct scraper_world *w);
struct scrapepool *scrapepool_hold(struct scrapepool *p);
void               scrapepool_drop(struct scrapepool *p);

/* Ask for a slot: go is called, from inside or later.  slow is kept until
 * scrapepool_leave(). */
void scrapepool_enter(struct scrapepool *p, struct scrapeturn *t, bool slow);
/* Give up the place in the queue, if it has one. */
void scrapepool_withdraw(struct scrapepool *p, struct scrapeturn *t);
/* Give back the slot; others go. */
void scrapepool_leave(struct scrapepool *p, struct scrapeturn *t);

/* Whether one more line of the log may be written: a few a minute, however many
 * targets fail.  *held: how many were not since the last that was. */
bool scrapepool_may_log(struct scrapepool *p, uint32_t *held);

#endif
