/* route.h - which handler a path belongs to. */
#ifndef WEBHOOKS_ROUTE_H
#define WEBHOOKS_ROUTE_H

#include "webhooks/gates.h"

enum { ROUTE_GET = 1, ROUTE_HEAD = 2, ROUTE_POST = 4, ROUTE_PUT = 8 };

/* Who may come in.  GATE: the handler asks, since the token may stand in the
 * question and the namespace does.  ACT likewise: force has a scope of its own.
 * READ: for some namespaces the handler keeps to them.  READ_ALL and WRITE show or
 * change what belongs to no namespace: a token of some namespaces does not do.
 * KAYENTA: anybody, on the listener where nothing else is served. */
enum route_scope {
    ROUTE_SCOPE_OPEN,
    ROUTE_SCOPE_GATE,
    ROUTE_SCOPE_ACT,
    ROUTE_SCOPE_READ,
    ROUTE_SCOPE_READ_ALL,
    ROUTE_SCOPE_WRITE,
    ROUTE_SCOPE_KAYENTA,
};

struct route {
    unsigned         methods;
    const char      *pattern;
    gates_handler_fn handler;
    enum route_scope scope;
};

/* Of several routes with the path the one that takes the method, else the first.
 * NULL: no such path.  No trailing slash is added or taken away, and nothing
 * is ever redirected: a client may follow with another method. */
const struct route *route_find(struct slice path, enum request_method m, struct slice arg[2]);

bool        route_allows(const struct route *r, enum request_method m);
const char *route_allow_header(const struct route *r); /* "GET, POST": of all with its path */

/* Every route, for documentation and its test. */
const struct route *route_all(size_t *n);

#endif
