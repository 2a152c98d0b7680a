#include "webhooks/cors.h"

bool
cors_allows(const struct gates *g, const struct request *req)
{
    struct err err = {0};
    bool       hit;

    return g->origins && req->origin.n && request_is_prometheus(req->path) &&
           regex_match(g->origins, req->origin, &hit, &err) == STATUS_OK && hit;
}

bool
cors_preflight(const struct gates *g, const struct request *req, struct answer *out)
{
    if (req->method != REQUEST_OPTIONS || !cors_allows(g, req))
        return false;
    answer_none(out);
    return true;
}
