/* outboxapi.h - what waits for targets outside: tried again, or dropped, by a person. */
#ifndef WEBHOOKS_OUTBOXAPI_H
#define WEBHOOKS_OUTBOXAPI_H

#include "webhooks/gates.h"

/* gates_handler_fn of POST /v1/outbox/{verdict}/{target}/retry and /drop, {"by","why"}.
 * Targets are of all namespaces, so the token must be. */
enum gates_when outboxapi_retry(const struct gates_call *c, struct answer *out);
enum gates_when outboxapi_drop(const struct gates_call *c, struct answer *out);

#endif
