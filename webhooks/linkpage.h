/* linkpage.h - approval links: made by who may act, shown to and used by who has them.
 *
 * GET shows and changes nothing, since chat programs and mail scanners follow links.
 * POST acts, once for each link. */
#ifndef WEBHOOKS_LINKPAGE_H
#define WEBHOOKS_LINKPAGE_H

#include "webhooks/gates.h"

/* gates_handler_fn of POST /v1/runs/{id}/links: {"action", "by", "why", "holds",
 * "expires"}; holds as expires of an override, expires of the link, a day unless said. */
enum gates_when linkpage_make(const struct gates_call *c, struct answer *out);

/* Of GET and POST /v1/links/{link}; the link is the token. */
enum gates_when linkpage_show(const struct gates_call *c, struct answer *out);
enum gates_when linkpage_act(const struct gates_call *c, struct answer *out);

#endif
