/* scrapegroups.h - which targets there are: what each group of discovery names.
 *
 * A target that several groups name is scraped once, and leaves with the last
 * of them.  Loop thread. */
#ifndef TELEMETRY_SCRAPEGROUPS_H
#define TELEMETRY_SCRAPEGROUPS_H

#include "telemetry/scrapeloop.h"
#include "telemetry/targetsink.h"

struct scrapegroups;

struct scrapegroups *scrapegroups_new(struct scrapepool *pool, struct scrapesettings *settings);

/* Abandons all targets. */
void scrapegroups_free(struct scrapegroups *g);

/* From now on new targets start with these settings.  Those that are there
 * adopt them, unless their rules are others: then scrapegroups_set() makes new ones. */
void scrapegroups_adopt(struct scrapegroups *g, struct scrapesettings *settings);

/* All targets of a group, instead of those it had; none ends it.  What cannot be
 * a target is left out.
 * STATUS_SYNTAX, STATUS_LIMIT: err names the first that was; STATUS_LIMIT also
 * where there are more targets than the settings allow.  Start err as {0}. */
enum status scrapegroups_set(struct scrapegroups *g, struct slice name,
                             const struct targetsink_target *targets, size_t n,
                             struct err *err) MUST_CHECK;

/* End the groups whose name starts with prefix. */
void scrapegroups_end(struct scrapegroups *g, const char *prefix);

/* Those that do not leave, in no particular order. */
void   scrapegroups_each(const struct scrapegroups *g,
                         void (*each)(void *ctx, const struct scrapeloop *l), void *ctx);
size_t scrapegroups_count(const struct scrapegroups *g);
size_t scrapegroups_dropped(const struct scrapegroups *g); /* over max_targets, now */

#endif
