/* ownpage.h - whether a browser's request comes from the page that this daemon served.
 *
 * Origin must name the Host that was asked (RFC 6454, RFC 9110 §7.2).  That alone is
 * no proof: a page of another's may have its own name resolve to this machine's
 * address (DNS rebinding), and then both are that name.  So without tokens only
 * addresses and localhost count, which nobody else's page has; with tokens such a
 * page comes in, and has none. */
#ifndef WEBHOOKS_OWNPAGE_H
#define WEBHOOKS_OWNPAGE_H

#include "webhooks/request.h"

bool ownpage_sent(const struct request *req, bool tokens);

/* Whether Host is an address, localhost or this name of ours (NULL: none), or not
 * sent: no page of another's can have asked. */
bool ownpage_host(const struct request *req, const char *name);

/* "https://verdictd.example.com:8443": what a browser sends as Origin of a page there. */
bool ownpage_is_origin(struct slice text);

#endif
