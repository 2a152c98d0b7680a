/* scrapeloop.h - one target: its ticks, its transfer, what became of it.
 *
 * The states are drawn in scraper.h.  Loop thread; only its series are the
 * ingest thread's. */
#ifndef TELEMETRY_SCRAPELOOP_H
#define TELEMETRY_SCRAPELOOP_H

#include "telemetry/scrapepool.h"
#include "telemetry/scrapesettings.h"

struct scrapeloop;

/* Told once, when its time to return is over: forget it, it frees itself.  Never
 * after scrapeloop_abandon(). */
typedef void (*scrapeloop_gone_fn)(void *ctx, struct scrapeloop *l);

/* Starts ticking.  The target is copied; both others are held. */
struct scrapeloop *scrapeloop_new(struct scrapepool *pool, struct scrapesettings *settings,
                                  const struct scrapetarget *target, scrapeloop_gone_fn gone,
                                  void *ctx);

/* The source has other settings; the rules must be the same. */
void scrapeloop_adopt(struct scrapeloop *l, struct scrapesettings *settings);

/* No longer discovered: frees itself after its stale markers.  Until then it can
 * be taken back. */
void scrapeloop_leave(struct scrapeloop *l);
void scrapeloop_return(struct scrapeloop *l);
bool scrapeloop_leaving(const struct scrapeloop *l);

/* The scraper ends: no markers; frees itself when nothing is under way. */
void scrapeloop_abandon(struct scrapeloop *l);

const struct scrapetarget   *scrapeloop_target(const struct scrapeloop *l);
const struct scrapesettings *scrapeloop_settings(const struct scrapeloop *l);
struct scraper_target scrapeloop_view(const struct scrapeloop *l); /* borrowed until it runs */

#endif
