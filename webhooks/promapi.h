/* promapi.h - the HTTP API of Prometheus (prometheus.io/docs, "HTTP API"): what
 * Grafana, Argo's prometheus provider, Flagger and Kiali ask.
 *
 * A call is read on the HTTP thread, answered on a worker, and packed there for
 * callers that take gzip.  It has a time, ends soon when its caller goes away,
 * and an answer that would be too large is an error. */
#ifndef WEBHOOKS_PROMAPI_H
#define WEBHOOKS_PROMAPI_H

#include "webhooks/gates.h"

#define ENDPOINT(name, fn, targets)                                                                \
    enum gates_when promapi_##name(const struct gates_call *c, struct answer *out);
#include "webhooks/promapi.def"
#undef ENDPOINT

/* What Prometheus's router says: 404 and 405 in plain text; else an error in the
 * API's own form. */
void promapi_refuse(struct answer *out, int code, const char *error);

#endif
