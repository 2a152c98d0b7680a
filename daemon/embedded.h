/* embedded.h - one source whose series verdictd keeps itself: the store, what fills
 * it (a scraper, or the intake of what is written), and its upkeep.
 *
 * It outlives configurations: one that calls a source of the same name and kind keeps
 * its series.  When the last reference goes, scraping stops, what is queued is
 * still applied, and only then the store is freed. */
#ifndef DAEMON_EMBEDDED_H
#define DAEMON_EMBEDDED_H

#include "daemon/mailbox.h"
#include "daemon/upstream.h"
#include "telemetry/ingest.h"
#include "telemetry/intake.h"
#include "telemetry/metadata.h"
#include "telemetry/scraper.h"
#include "telemetry/tsdb.h"

/* All borrowed; they outlive it. */
struct embedded_world {
    const struct clock *clock;
    const struct fetch *fetch;
    struct timer_port   timer;
    struct ingest      *ingest;
    struct mailbox     *mailbox;
    const char         *data_dir; /* for snapshots */
    bool                restart;  /* go on where the daemon before this one ended */

    /* Loop thread, once: it is gone, with everything that was its. */
    void (*gone)(void *ctx);
    void *ctx;
};

struct embedded;

/* One reference.  After a restart the snapshot is read on the ingest thread, before
 * anything is written; until then it is not alive and its store is hidden.  One that is
 * torn or foreign is told in the log, and the store starts empty.  Loop thread. */
enum status embedded_new(const struct embedded_world *w, const struct config *config,
                         const struct config_source *cs, struct embedded **out,
                         struct err *err) MUST_CHECK;

/* Any thread. */
struct embedded *embedded_ref(struct embedded *e);
void             embedded_unref(struct embedded *e); /* NULL: nothing */

/* Whether it can go on as this source: the same name and kind. */
bool embedded_fits(const struct embedded *e, const struct config_source *cs);

/* Go on as this source, which it fits.  Loop thread.  On failure nothing has
 * changed. */
enum status embedded_reload(struct embedded *e, const struct config *config,
                            const struct config_source *cs, struct err *err) MUST_CHECK;

/* The configuration that it was prepared for, or reloaded with, is the present one: its
 * limits hold from now on.  Loop thread. */
void embedded_adopted(struct embedded *e);

/* The daemon ends: write it down when it goes, where its source says so, and leave
 * the rest of what is being written to it.  Loop thread. */
void embedded_keep(struct embedded *e);

/* What an upstream asks.  Loop thread. */
struct upstream_local embedded_local(struct embedded *e);

/* Any thread, for as long as a reference is held. */
const char      *embedded_name(const struct embedded *e);
struct tsdb     *embedded_tsdb(struct embedded *e);
struct metadata *embedded_metadata(struct embedded *e);
struct intake   *embedded_intake(struct embedded *e); /* NULL: it scrapes */

/* Loop thread, while it is one of the present configuration; NULL: it is written to. */
struct scraper *embedded_scraper(struct embedded *e);

#endif
