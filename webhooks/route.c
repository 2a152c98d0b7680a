#include "webhooks/route.h"

#include "webhooks/acts.h"
#include "webhooks/argo.h"
#include "webhooks/argoevent.h"
#include "webhooks/eventsapi.h"
#include "webhooks/flagger.h"
#include "webhooks/flaggermetrics.h"
#include "webhooks/health.h"
#include "webhooks/kayenta.h"
#include "webhooks/linkpage.h"
#include "webhooks/loadtester.h"
#include "webhooks/metricspage.h"
#include "webhooks/outboxapi.h"
#include "webhooks/pagefiles.h"
#include "webhooks/promapi.h"
#include "webhooks/promwrite.h"
#include "webhooks/runsapi.h"

static const struct route routes[] = {
#define ROUTE(name, methods, pattern, handler, scope)                                              \
    {methods, pattern, handler, ROUTE_SCOPE_##scope},
#include "webhooks/route.def"
#undef ROUTE
};

static bool
matches(struct slice path, const char *pattern, struct slice arg[2])
{
    struct slice rest = slice_of(pattern);
    size_t       n = 0;

    if (slice_equal(path, rest) && !memchr(path.p, '{', path.n))
        return true; /* word for word, as gates' are */

    while (path.n && rest.n) {
        struct slice want = slice_cut(&rest, '/'), got = slice_cut(&path, '/');

        if (!slice_is(want, "{}")) {
            if (!slice_equal(want, got))
                return false;
        } else if (got.n == 0) {
            return false;
        } else {
            arg[n++] = got;
        }
        /* "/x/" is not "/x": a separator stands behind both or behind neither. */
        if (!rest.p != !path.p)
            return false;
    }
    return rest.n == 0 && path.n == 0;
}

/* The API of Prometheus stands under a prefix, too. */
static struct slice
without_prefix(struct slice path)
{
    const size_t n = strlen("/prom");

    return slice_starts(path, "/prom/api/") ? (struct slice){path.p + n, path.n - n} : path;
}

const struct route *
route_find(struct slice path, enum request_method m, struct slice arg[2])
{
    const struct route *found = NULL;

    path = without_prefix(path);
    arg[0] = arg[1] = (struct slice){0};
    for (size_t i = 0; i < ARRAY_LEN(routes) && !(found && route_allows(found, m)); i++) {
        struct slice at[2] = {{0}, {0}};

        if (!matches(path, routes[i].pattern, at) || (found && !route_allows(&routes[i], m)))
            continue;
        found = &routes[i];
        memcpy(arg, at, sizeof at);
    }
    return found;
}

bool
route_allows(const struct route *r, enum request_method m)
{
    switch (m) {
    case REQUEST_GET:
        return r->methods & ROUTE_GET;
    case REQUEST_HEAD:
        return r->methods & ROUTE_HEAD;
    case REQUEST_POST:
        return r->methods & ROUTE_POST;
    case REQUEST_PUT:
        return r->methods & ROUTE_PUT;
    case REQUEST_OPTIONS:
    case REQUEST_OTHER:
        return false;
    }
    return false;
}

const char *
route_allow_header(const struct route *r)
{
    static const char *const names[] = {
        [ROUTE_GET] = "GET",
        [ROUTE_HEAD] = "HEAD",
        [ROUTE_POST] = "POST",
        [ROUTE_GET | ROUTE_HEAD] = "GET, HEAD",
        [ROUTE_GET | ROUTE_POST] = "GET, POST",
        [ROUTE_HEAD | ROUTE_POST] = "HEAD, POST",
        [ROUTE_GET | ROUTE_HEAD | ROUTE_POST] = "GET, HEAD, POST",
        [ROUTE_POST | ROUTE_PUT] = "POST, PUT",
    };

    unsigned methods = 0;

    for (size_t i = 0; i < ARRAY_LEN(routes); i++)
        if (strcmp(routes[i].pattern, r->pattern) == 0)
            methods |= routes[i].methods;
    return names[methods];
}

const struct route *
route_all(size_t *n)
{
    *n = ARRAY_LEN(routes);
    return routes;
}
