/* health.h - /-/healthy and /-/ready, for probes; no token is asked for. */
#ifndef WEBHOOKS_HEALTH_H
#define WEBHOOKS_HEALTH_H

#include "webhooks/gates.h"

/* 200 or 503.  healthy: every thread is up.  ready: also each source answered
 * lately and the history takes writes; "detail" says what does not. */
enum gates_when health_healthy(const struct gates_call *c, struct answer *out);
enum gates_when health_ready(const struct gates_call *c, struct answer *out);

#endif
