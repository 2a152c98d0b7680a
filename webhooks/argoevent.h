/* argoevent.h - POST /v1/events/argo: what Argo's notifications say of a rollout.
 *
 * Argo sends it inside of its own reconciliation: 202 at once, the rest is the
 * loop's (struct port, event). */
#ifndef WEBHOOKS_ARGOEVENT_H
#define WEBHOOKS_ARGOEVENT_H

#include "webhooks/gates.h"

/* gates_handler_fn */
enum gates_when argoevent_handle(const struct gates_call *c, struct answer *out);

/* {"event": one of argoevent.def, "service", "namespace", "canary", …: the keys of a
 * question, "step", "image", "message"}.  Numbers may be strings.  "<no value>", which
 * a Go template writes for a field that is not there, counts as not said of weight, step,
 * image and message, and is refused of all else.
 * STATUS_SYNTAX: err says what, hint what to do; on failure *q holds at most the token. */
enum status argoevent_read(struct slice body, struct question *q, struct port_event *out,
                           struct err *err, struct err *hint) MUST_CHECK;

#endif
