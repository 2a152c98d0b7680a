#include "webhooks/gates.h"

#include "base/log.h"
#include "webhooks/route.h"

enum { WARNINGS_A_SECOND = 10 };

void
gates_init(struct gates *g, const struct port *port, const struct clock *clock,
           struct token_set *tokens)
{
    *g = (struct gates){.port = port, .clock = clock, .tokens = tokens};
}

static bool
speaks_flagger(const struct request *req)
{
    return slice_starts(req->path, "/v1/flagger/");
}

void
gates_refuse(const struct request *req, struct answer *out, int code, const char *error,
             const char *hint)
{
    if (speaks_flagger(req))
        answer_line(out, code, error);
    else
        answer_error(out, code, error, hint);
}

void
gates_refuse_token(const struct request *req, struct answer *out)
{
    gates_refuse(req, out, 401, "a token is needed, and this is none of ours",
                 "send Authorization: Bearer TOKEN, or Basic with the token as the password, or "
                 "the key token");
    out->challenge = true;
}

bool
gates_allowed(const struct gates_call *c, const char *token)
{
    return c->authorized || token_check(c->g->tokens, slice_of(token));
}

void
gates_warn(struct gates *g, const char *event, const char *gate, int code, const char *why)
{
    int64_t second = clock_mono_ms(g->clock) / 1000;

    /* Two threads may both start the same second: a line too many is no harm. */
    if (atomic_exchange(&g->warned_second, second) != second)
        atomic_store(&g->warned, 0);
    if (atomic_fetch_add(&g->warned, 1) < WARNINGS_A_SECOND)
        log_event(LOG_LEVEL_WARN, event, log_text("gate", gate), log_int("code", code),
                  log_text("why", why));
}

static bool
header_allows(struct gates *g, const struct request *req)
{
    char token[TOKEN_BYTES];
    bool ok;

    if (!g->tokens)
        return true;
    ok = token_of_header(req->authorization, token) && token_check(g->tokens, slice_of(token));
    explicit_bzero(token, sizeof token);
    return ok;
}

enum gates_when
gates_handle(struct gates *g, const struct request *req, struct answer *out, gates_done_fn done,
             void *ctx)
{
    struct gates_call   call = {.g = g, .req = req, .done = done, .ctx = ctx};
    const struct route *r = route_find(req->path, call.arg);
    bool                gate = slice_starts(req->path, "/v1/argo/") || speaks_flagger(req);

    out->close = speaks_flagger(req);
    call.authorized = (r && r->scope == ROUTE_SCOPE_OPEN) || header_allows(g, req);
    /* Only a question can bring its token elsewhere than in the header. */
    if (!call.authorized && !(r && gate && route_allows(r, req->method))) {
        gates_refuse_token(req, out);
        return GATES_NOW;
    }
    if (!r) {
        gates_refuse(req, out, 404, "there is nothing under this path",
                     "the gates are /v1/argo/verdict and /v1/flagger/{hook}; runs are under "
                     "/v1/runs");
        return GATES_NOW;
    }
    if (!route_allows(r, req->method)) {
        gates_refuse(req, out, 405, "this path does not take this method",
                     "see the header Allow for the methods it takes");
        out->allow = route_allow_header(r);
        return GATES_NOW;
    }
    return r->handler(&call, out);
}
