/* app.h - the daemon without its loop: everything that main wires together.
 *
 * The loop thread owns it.  What it reaches the world through (clock, entropy,
 * fetch, timers, store) is handed in, so that tests/replay plays the same
 * daemon under virtual time. */
#ifndef DAEMON_APP_H
#define DAEMON_APP_H

#include "base/clock.h"
#include "base/fetch.h"
#include "base/timer.h"
#include "base/ulid.h"
#include "daemon/config.h"
#include "daemon/mailbox.h"
#include "daemon/publish.h"
#include "daemon/upstream.h"
#include "daemon/workers.h"
#include "store/store.h"
#include "webhooks/port.h"
#include "webhooks/writeport.h"

#include <pthread.h>

/* All borrowed; they outlive the app. */
struct app_world {
    const struct clock   *clock;
    const struct entropy *entropy;
    const struct fetch   *fetch;
    struct timer_port     timer;
    struct store         *store;
    struct mailbox       *mailbox;
    const char           *data_dir; /* for read-only connections to the history, and snapshots */
    struct app_threads {
        unsigned history, judges, api; /* see config.def */
    } threads;                         /* history 0: no thread at all, everything on the caller's */

    /* Do what fetch and timers owe, waiting a moment where nothing is due: while
     * the app ends.  NULL: the mailbox is all there is. */
    void (*turn)(void *self);
    void *turn_self;
};

struct runs;
struct placebos;
struct history;
struct gatelog;
struct gatewaits;
struct switches;
struct executions;
struct embeddedset;
struct queryport;
struct verdictsource;
struct remotewriter;
struct outbox;
struct waits;
struct links;
struct meters;
struct selfreport;
struct selfseries;
struct httpstats;

struct app {
    struct app_world        world;
    struct promclient_world prom;
    struct config          *config;
    struct hash_map         sources; /* name to struct upstream of the present configuration */
    struct embeddedset     *embedded;
    struct workers         *judges; /* evaluate what runs ask */
    struct writeport        writeport;
    struct workers         *readers;  /* answer the Prometheus API */
    struct verdictsource   *verdicts; /* the history as series */
    struct remotewriter    *remotewriter;
    struct queryport       *queryport;
    struct port_api         api;
    struct publish         *publish;
    struct eventstream     *events;
    struct runs            *runs; /* NULL once stopped */
    struct placebos        *placebos;
    struct history         *history;
    struct gatelog         *gatelog;
    struct outbox          *outbox;     /* NULL once stopped */
    struct switches        *switches;   /* NULL: not served */
    struct gatewaits       *gatewaits;  /* likewise */
    struct executions      *executions; /* likewise */
    struct meters          *meters;
    struct selfreport      *selfreport;
    struct selfseries      *selfseries; /* NULL: not kept */
    struct httpstats       *httpstats;  /* the HTTP servers count there */
    struct links           *links;      /* that were used */
    struct waits           *waits;      /* reads of the history that wait for news */
    uint64_t                sweep_timer;
    int64_t                 sweep_due_mono_ms;
    pthread_mutex_t         health_lock;
    struct port_health      health; /* under the lock: HTTP threads read it */
};

/* Take a reference to the configuration, make its sources, and go on with the
 * runs that the history says were live. */
enum status app_start(struct app *app, const struct app_world *world, struct config *config,
                      struct err *err) MUST_CHECK;

/* All or nothing: the sources of the new configuration are made first.  Runs
 * keep the policy and source they started with. */
enum status app_reload(struct app *app, struct config *config, struct err *err) MUST_CHECK;

/* Stop ticking and scraping, and write down the series; whoever still waits for a
 * run is told that it is gone.  Nothing asks the Prometheus API or writes to it
 * any more.  The store must be drained, and then the mailbox run until it is
 * empty, after this and before app_release. */
void app_stop(struct app *app);
void app_release(struct app *app);

/* As of the last second; any thread. */
struct port_health app_health(struct app *app);

#endif
