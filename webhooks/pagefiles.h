/* pagefiles.h - the web page's files over HTTP: ETag, gzip, nothing from elsewhere.
 *
 * GET /             the page
 * GET /page/{file}  what it loads
 *
 * They hold nothing secret and ask for no token: what the page shows it fetches
 * from /v1, with the token that the person types in. */
#ifndef WEBHOOKS_PAGEFILES_H
#define WEBHOOKS_PAGEFILES_H

#include "webhooks/gates.h"

enum gates_when pagefiles_index(const struct gates_call *c, struct answer *out);
enum gates_when pagefiles_file(const struct gates_call *c, struct answer *out);

/* Whether an If-None-Match header names the tag, by weak comparison (RFC 9110
 * §13.1.2); "*" names all. */
bool pagefiles_matches(struct slice if_none_match, const char *etag);

#endif
