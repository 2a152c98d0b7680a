/* source.h - one configured source while the daemon runs: its client and its health. */
#ifndef DAEMON_SOURCE_H
#define DAEMON_SOURCE_H

#include "daemon/config.h"
#include "promql/promclient.h"

struct source;

/* Counted: a reload makes new ones, runs keep theirs.  Keeps the configuration;
 * the world is borrowed for its life.  Loop thread. */
enum status    source_new(const struct promclient_world *world, struct config *config,
                          const struct config_source *cs, struct source **out,
                          struct err *err) MUST_CHECK;
struct source *source_ref(struct source *s);
void           source_unref(struct source *s); /* NULL: nothing */

const struct config_source *source_config(const struct source *s);
const char                 *source_name(const struct source *s);

/* As promclient_ask(), and the outcome is remembered for source_health(). */
struct promclient_query *source_ask(struct source *s, const struct promclient_question *q,
                                    promclient_done_fn done, void *ctx);

/* Ask for the constant 1 if nothing was answered lately, so that a source that
 * no run needs at the moment is known to be alive all the same. */
void source_probe(struct source *s);

/* ok: it answered within the last minute (or has never been asked yet, for as
 * long).  *detail is what the last failure said, "" where there was none. */
bool source_health(const struct source *s, int64_t now_mono_ms, const char **detail);

struct promclient_stats source_stats(const struct source *s);

#endif
