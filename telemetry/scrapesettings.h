/* scrapesettings.h - a scraper's configuration, copied, with its defaults.
 *
 * Immutable and counted: transfers and series bodies that are under way hold
 * the one they started with.  Counted on the loop thread; the rules are read on
 * the ingest thread as long as a body holds them. */
#ifndef TELEMETRY_SCRAPESETTINGS_H
#define TELEMETRY_SCRAPESETTINGS_H

#include "base/arena.h"
#include "telemetry/scraper.h"

struct scrapesettings {
    size_t                refs;
    struct arena          arena;
    struct scraper_config config; /* without kubernetes */
    struct fetch_peer     bare;   /* of targets that get no credentials */
    struct fetch_header   headers[2];
    struct slice          rules_key;   /* equal: bodies may be kept */
    struct slice          targets_key; /* and equal: what is discovered makes the same targets */
};

struct scrapesettings *scrapesettings_new(const struct scraper_config *c); /* one reference */
struct scrapesettings *scrapesettings_hold(struct scrapesettings *s);
void                   scrapesettings_release(struct scrapesettings *s); /* NULL: nothing */

/* How to reach a target; lives as long as the settings. */
const struct fetch_peer *scrapesettings_peer(const struct scrapesettings *s, const char *url);

#endif
