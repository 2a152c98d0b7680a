#include "webhooks/answerhead.h"

#include "webhooks/cors.h"

#include <stdio.h>

/* NULL: there is no body. */
static const char *
content_type(const struct answer *a)
{
    switch (a->type) {
    case ANSWER_JSON:
        return "application/json";
    case ANSWER_LINE:
    case ANSWER_PLAIN:
        return "text/plain; charset=utf-8";
    case ANSWER_METRICS:
        return "text/plain; version=0.0.4; charset=utf-8";
    case ANSWER_OPENMETRICS:
        return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    case ANSWER_PAGE:
        return "text/html; charset=utf-8";
    case ANSWER_NONE:
        return NULL;
    case ANSWER_ASSET:
        return a->asset->type;
    case ANSWER_STREAM:
        return "text/event-stream";
    }
    return NULL;
}

/* The page loads nothing from elsewhere, runs no script but its own files, and is in
 * no frame of another. */
static bool
add_asset_headers(struct MHD_Response *r, const struct asset *asset)
{
    return MHD_add_response_header(r, "Cache-Control", "no-cache") &&
           MHD_add_response_header(r, "ETag", asset->etag) &&
           MHD_add_response_header(r, "Vary", "Accept-Encoding") &&
           MHD_add_response_header(r, "X-Content-Type-Options", "nosniff") &&
           MHD_add_response_header(r, "Referrer-Policy", "no-referrer") &&
           MHD_add_response_header(r, "Content-Security-Policy",
                                   "default-src 'self'; base-uri 'none'; form-action 'none'; "
                                   "frame-ancestors 'none'; object-src 'none'");
}

/* A form and our own looks; the address, which is a secret, goes nowhere.  Under
 * no-referrer a browser would send the form with "Origin: null", as another page's. */
static bool
add_page_headers(struct MHD_Response *r)
{
    return MHD_add_response_header(r, "Content-Security-Policy",
                                   "default-src 'none'; style-src 'self'; form-action 'self'; "
                                   "frame-ancestors 'none'; base-uri 'none'") &&
           MHD_add_response_header(r, "Referrer-Policy", "strict-origin") &&
           MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
}

bool
answerhead_add(struct MHD_Response *r, const struct answer *a, bool close)
{
    const char *type = content_type(a);
    char        seconds[16];
    bool        ok = a->type == ANSWER_ASSET ? add_asset_headers(r, a->asset)
                                             : MHD_add_response_header(r, "Cache-Control", "no-store");

    if (ok && type)
        ok = MHD_add_response_header(r, "Content-Type", type);
    if (ok && a->type == ANSWER_STREAM) /* nginx would keep it until it has a buffer full */
        ok = MHD_add_response_header(r, "X-Accel-Buffering", "no");
    if (ok && a->type == ANSWER_PAGE)
        ok = add_page_headers(r);
    if (ok && a->retry_after_s) {
        snprintf(seconds, sizeof seconds, "%d", a->retry_after_s);
        ok = MHD_add_response_header(r, "Retry-After", seconds);
    }
    if (ok && ulid_valid(slice_of(a->verdict_id)))
        ok = MHD_add_response_header(r, "X-Verdict-Id", a->verdict_id);
    if (ok && a->allow)
        ok = MHD_add_response_header(r, "Allow", a->allow);
    if (ok && a->challenge)
        ok = MHD_add_response_header(r, "WWW-Authenticate", "Bearer realm=\"verdictd\"");
    if (ok && a->gzip)
        ok = MHD_add_response_header(r, "Content-Encoding", "gzip");
    if (ok && close)
        ok = MHD_add_response_header(r, "Connection", "close");
    return ok;
}

bool
answerhead_add_cors(struct MHD_Response *r, const struct gates *g, const struct request *req)
{
    /* A header's value ends in a NUL in the library's memory. */
    return !cors_allows(g, req) ||
           (MHD_add_response_header(r, "Access-Control-Allow-Origin", req->origin.p) &&
            MHD_add_response_header(r, "Access-Control-Allow-Headers",
                                    "Accept, Authorization, Content-Type, Origin") &&
            MHD_add_response_header(r, "Access-Control-Allow-Methods", "GET, POST, OPTIONS") &&
            MHD_add_response_header(r, "Access-Control-Expose-Headers", "Date") &&
            MHD_add_response_header(r, "Vary", "Origin"));
}
