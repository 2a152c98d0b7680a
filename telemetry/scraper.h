/* scraper.h - the targets of one embedded source, each scraped at its own times.
 *
 * Targets come from the configuration, from files (filesd.h) and from a
 * Kubernetes API server (kubernetes.h).  Each is scraped once an interval, at an
 * offset that its identity gives, at the same wall times in every process.  The
 * transfers run on the loop thread, bodies and failures go to the ingest thread,
 * which alone touches series.
 *
 *                  discovered
 *                      |
 *                      v     tick, a slot is free      reply or failure
 *      +------------ IDLE ------------------> FLYING --------------------+
 *      |               ^  \                     ^                        v
 *      |               |   tick, no slot --> WAITING (until its next   INGEST
 *      |               |                     tick: then it has failed)   |
 *      |               +--------------- applied [on_applied] ------------+
 *      v no longer discovered, once IDLE
 *    LEAVING -- discovered again --> IDLE
 *      |
 *      +-- 2.1 intervals later: stale markers at the first tick it missed --> freed
 *
 * A target whose scrape is not done when its next tick comes misses that tick:
 * nothing piles up.  Targets that hung last time use a quarter of the slots at
 * most, so that they cannot hold up the others. */
#ifndef TELEMETRY_SCRAPER_H
#define TELEMETRY_SCRAPER_H

#include "base/clock.h"
#include "base/fetch.h"
#include "base/timer.h"
#include "telemetry/ingest.h"
#include "telemetry/kubernetes.h"
#include "telemetry/scrapebody.h"
#include "telemetry/scrapetarget.h"

/* Zero stands for the default.  Copied, all of it. */
struct scraper_config {
    const char *source;         /* its name: the job label */
    int64_t     interval_ms;    /* 15,000 */
    int64_t     timeout_ms;     /* 10,000, at most the interval */
    uint32_t    max_in_flight;  /* scrapes at once, 64 */
    size_t      max_body_bytes; /* of one reply, decompressed; 64 MiB */
    size_t      max_buffered;   /* of all replies that are in memory; 256 MiB */
    size_t      max_targets;    /* 10,000 */

    struct scrapebody_rules  rules;
    struct fetch_peer        peer;   /* credentials and trust of all targets */
    const struct tsdb_label *labels; /* of every target */
    size_t                   n_labels;

    const char *const *credentials_to;   /* targethost.h; others get none */
    size_t             n_credentials_to; /* 0: all targets get them */

    const char *const              *targets; /* as written: scrapetarget.h */
    size_t                          n_targets;
    const char *const              *files; /* patterns of filesd.h */
    size_t                          n_files;
    const struct kubernetes_config *kubernetes; /* NULL: none */
};

/* What it reaches the world through; borrowed for its life. */
struct scraper_world {
    const struct clock *clock;
    const struct fetch *fetch;
    struct timer_port   timer;
    struct ingest      *ingest;
    struct tsdb        *tsdb;
    struct metadata    *metadata;
    /* Loop thread, once, after scraper_free(): nothing of it uses this world any
     * more.  NULL: nobody asks. */
    void (*gone)(void *ctx);
    void *ctx;
};

struct scraper;

/* Loop thread, as all calls here.  STATUS_SYNTAX, STATUS_LIMIT: a static target
 * is none, named in err.  Files that cannot be read and an API server that does
 * not answer are no reason: they are tried again, and told by health. */
enum status scraper_new(const struct scraper_config *c, const struct scraper_world *w,
                        struct scraper **out, struct err *err) MUST_CHECK;

/* Take another configuration.  Targets that are still there keep their state;
 * those that are gone get stale markers.  On failure nothing has changed. */
enum status scraper_reload(struct scraper *s, const struct scraper_config *c,
                           struct err *err) MUST_CHECK;

/* Cancel what is under way and let go of the targets, without stale markers: a
 * restart is no end of a target.  Bodies that are queued are still applied.  Its
 * last letters come back through ingest: free the ingest queue, run the fetch
 * port and the mailbox until they are empty, then free tsdb and metadata. */
void scraper_free(struct scraper *s);

enum scraper_health { SCRAPER_UNKNOWN, SCRAPER_UP, SCRAPER_DOWN };
const char *scraper_health_name(enum scraper_health h); /* as /api/v1/targets words it */

/* One target as /api/v1/targets shows it; borrowed for the call. */
struct scraper_target {
    const char              *url;
    const struct tsdb_label *labels; /* in the order of their names */
    size_t                   n_labels;
    enum scraper_health      health;
    const char              *last_error;     /* "" where there is none */
    int64_t                  last_scrape_ms; /* wall time of its start; 0: none yet */
    int64_t                  last_took_ms;
    int64_t                  interval_ms, timeout_ms;
    uint32_t                 samples; /* of the last scrape, after the filters */
};

/* In the order of their URLs. */
void scraper_each(const struct scraper *s, void (*each)(void *ctx, const struct scraper_target *t),
                  void                 *ctx);

struct scraper_stats {
    uint32_t   targets, up, down, unknown; /* without those that are leaving */
    uint32_t   in_flight, waiting;
    size_t     buffered_bytes;
    uint64_t   scrapes, failed; /* ended so far */
    uint64_t   missed;          /* ticks at which the scrape before was not done */
    uint64_t   no_slot;         /* failed: waited a whole interval for a slot */
    uint64_t   samples, bytes;  /* kept; of bodies, decompressed */
    uint64_t   dropped_targets; /* over max_targets, now */
    struct err discovery;       /* of the last attempt that failed; STATUS_OK: all is well */
};
struct scraper_stats scraper_stats(const struct scraper *s);

#endif
