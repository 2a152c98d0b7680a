/* eventsapi.h - GET /v1/events/stream?namespace=&run=: what happens to runs, as it does.
 *
 * run       the answer of a run as it was published: with each tick
 * verdict   its verdict or reason is another one
 * interval  an interval was closed
 * reset     events are missing: read anew what is shown */
#ifndef WEBHOOKS_EVENTSAPI_H
#define WEBHOOKS_EVENTSAPI_H

#include "webhooks/gates.h"

enum gates_when eventsapi_stream(const struct gates_call *c, struct answer *out);

#endif
