/* cors.h - whether pages of other origins may ask the Prometheus API.
 *
 * fetch.spec.whatwg.org, "CORS protocol"; headers as Prometheus sends them
 * (util/httputil).  Nothing is allowed unless struct gates names origins. */
#ifndef WEBHOOKS_CORS_H
#define WEBHOOKS_CORS_H

#include "webhooks/gates.h"

bool cors_allows(const struct gates *g, const struct request *req);

/* Answer the question that a browser sends first (OPTIONS).  It carries no token.
 * False: it is no such question, or the origin is not allowed. */
bool cors_preflight(const struct gates *g, const struct request *req, struct answer *out);

#endif
