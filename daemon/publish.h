/* publish.h - the verdicts that gates may read, from any thread, without waiting.
 *
 * The loop replaces a run's view whole; a reader holds the one it found for
 * the length of one answer.  The lock inside is held for a lookup only. */
#ifndef DAEMON_PUBLISH_H
#define DAEMON_PUBLISH_H

#include "analyzer/view.h"
#include "daemon/config.h"
#include "webhooks/viewjson.h"

struct publish;

struct publish *publish_new(void);
void            publish_free(struct publish *p); /* no view may be held any more */

/* Loop thread.  The view is copied; ns, service and revision in it are the key. */
void publish_set(struct publish *p, const struct verdict_view *v);
void publish_remove(struct publish *p, const char *ns, const char *service, const char *revision);

/* Any thread.  NULL: no such run.  Held until publish_release. */
const struct verdict_view *publish_get(struct publish *p, const char *ns, const char *service,
                                       const char *revision);
void                       publish_release(const struct verdict_view *v);

/* All of them, each held until publish_release; the caller frees *out. */
size_t publish_all(struct publish *p, const struct verdict_view ***out);

/* Of a view that publish_get() gave: its JSON, written when it is first asked for.
 * Good as long as the view. */
const struct viewjson_kept *publish_kept(const struct verdict_view *v);

/* The configuration that gates resolve questions with.  publish_set_config
 * takes a reference of its own; publish_config gives one (config_unref). */
void           publish_set_config(struct publish *p, struct config *c);
struct config *publish_config(struct publish *p);

#endif
