/* upstream.h - one configured source while the daemon runs: whom to ask, and its health.
 *
 * A Prometheus is asked over HTTP; a source whose series are kept here is asked
 * by evaluating the same PromQL over them.  Who asks cannot tell. */
#ifndef DAEMON_UPSTREAM_H
#define DAEMON_UPSTREAM_H

#include "daemon/config.h"
#include "daemon/localask.h"
#include "promql/promclient.h"

struct upstream;
struct upstream_query;
struct sourcemeter;

/* Series that are kept here. */
struct upstream_local {
    struct source source;
    void (*ref)(void *self);
    void (*unref)(void *self);
    /* Loop thread.  STATUS_OK, or why nothing of the mesh is known at the moment. */
    enum status (*alive)(void *self, struct err *err) MUST_CHECK;
    void *self;
};

/* Counted: a reload makes new ones, runs keep theirs.  Keeps the configuration;
 * the world is borrowed for its life.  Loop thread. */
enum status upstream_new(const struct promclient_world *world, struct config *config,
                         const struct config_source *cs, struct upstream **out,
                         struct err *err) MUST_CHECK;

/* A source under another address; peer is copied, its texts are borrowed. */
enum status upstream_new_at(const struct promclient_world *world, struct config *config,
                            const struct config_source *cs, const char *url,
                            const struct fetch_peer *peer, struct upstream **out,
                            struct err *err) MUST_CHECK;

/* Of an embedded source; holds a reference to it. */
struct upstream *upstream_new_local(const struct upstream_local *local, struct workers *workers,
                                    struct mailbox *mailbox, const struct clock *clock,
                                    struct config *config, const struct config_source *cs);

/* Count answers there from now on; borrowed. */
void upstream_meter(struct upstream *s, struct sourcemeter *meter);

struct upstream *upstream_ref(struct upstream *s);
void             upstream_unref(struct upstream *s); /* NULL: nothing */

const struct config_source *upstream_config(const struct upstream *s);
const char                 *upstream_name(const struct upstream *s);

/* As promclient_ask(), and the outcome is remembered for upstream_health(). */
struct upstream_query *upstream_ask(struct upstream *s, const struct promclient_question *q,
                                    promclient_done_fn done, void *ctx);
void                   upstream_cancel(struct upstream_query *q); /* as promclient_cancel() */

/* Ask for the constant 1 if nothing was answered lately, so that a source that
 * no run needs at the moment is known to be alive all the same. */
void upstream_probe(struct upstream *s);

/* ok: it answered within the last minute (or has never been asked yet, for as
 * long).  *detail is what the last failure said, "" where there was none. */
bool upstream_health(const struct upstream *s, int64_t now_mono_ms, const char **detail);

struct promclient_stats upstream_stats(const struct upstream *s);

#endif
