/* targethost.h - which targets a source's credentials may be sent to. */
#ifndef TELEMETRY_TARGETHOST_H
#define TELEMETRY_TARGETHOST_H

#include "base/err.h"
#include "base/slice.h"

/* A host as it is allowed: a name, "*.domain" for all names below it, an address, or a
 * network such as 10.0.0.0/8 or fd00::/8.  STATUS_SYNTAX: none of these. */
enum status targethost_check(struct slice pattern, struct err *err) MUST_CHECK;

/* The host of a URL is one of the patterns.  Names are compared as they are written, and
 * none is looked up: a name is never in a network.  What is not a host as in
 * http://host:port/path (a user before it, an address in another spelling) is not allowed. */
bool targethost_allowed(const char *url, const char *const *patterns, size_t n);

#endif
