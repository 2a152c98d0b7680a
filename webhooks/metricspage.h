/* metricspage.h - GET /metrics: what the daemon says of itself, for scrapers. */
#ifndef WEBHOOKS_METRICSPAGE_H
#define WEBHOOKS_METRICSPAGE_H

#include "webhooks/gates.h"

/* 200 in the format that the header Accept asks for; 404 where there is none. */
enum gates_when metricspage_handle(const struct gates_call *c, struct answer *out);

#endif
