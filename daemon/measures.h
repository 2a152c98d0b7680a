/* measures.h - what Flagger's metric checks are told: our verdict as a number, and its
 * own queries forwarded to the service's source.
 *
 * No value is a failed check to Flagger, never a pass; a hold is nothing that it
 * knows.  So where there is none to tell, because nobody came or because the verdict
 * is hold, a check passes only
 *   - if the policy says no_traffic: pass, and neither the source nor a run says more
 *     than that nobody came, or
 *   - if a confirm hook of ours was asked for this revision: that one holds the rollout,
 * and the log says so.  A source that does not answer is an error in any case. */
#ifndef DAEMON_MEASURES_H
#define DAEMON_MEASURES_H

#include "daemon/app.h"
#include "webhooks/flaggerquery.h"

/* See struct port. */
bool measures_service(struct app *app, const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
                      char service[VIEW_NAME_BYTES]);
bool measures_take(struct app *app, const struct port_measure *m, port_measure_fn done, void *ctx);

#endif
