#include "webhooks/gates.h"

#include "base/log.h"
#include "webhooks/cors.h"
#include "webhooks/ownpage.h"
#include "webhooks/promapi.h"
#include "webhooks/route.h"
#include "webhooks/servertls.h"

#include <stdio.h>

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
    return slice_starts(req->path, "/v1/flagger/") || slice_starts(req->path, "/gate/") ||
           slice_starts(req->path, "/rollback/");
}

void
gates_refuse(const struct request *req, struct answer *out, int code, const char *error,
             const char *hint)
{
    if (speaks_flagger(req))
        answer_line(out, code, error);
    else if (request_is_prometheus(req->path))
        promapi_refuse(out, code, error);
    else
        answer_error(out, code, error, hint);
}

static void
refuse_token(const struct request *req, struct answer *out)
{
    gates_refuse(req, out, 401, "a token is needed, and this is none of ours",
                 "send Authorization: Bearer TOKEN, or Basic with the token as the password, or "
                 "the key token");
    out->challenge = true;
}

/* The caller is known, but not for this. */
static void
refuse_scope(const struct request *req, struct answer *out, enum token_scope scope)
{
    char error[80];

    snprintf(error, sizeof error, "this token has not the scope %s", token_scope_word(scope));
    gates_refuse(req, out, 403, error,
                 "in the file of tokens its line is TOKEN SCOPES: add it there, or send another");
}

static void
refuse_namespace(const struct request *req, struct answer *out, struct slice ns)
{
    if (ns.n)
        gates_refuse(req, out, 403, "this token is not for that namespace",
                     "in the file of tokens its line names the namespaces it is for");
    else
        gates_refuse(req, out, 403, "this token is for some namespaces, and this is for all",
                     "name one of its namespaces where the path takes one, or send a token "
                     "whose line names none");
}

/* By the header's token where that does, else by the question's. */
static bool
may(const struct gates_call *c, enum token_scope scope, const struct slice *ns, const char *token,
    struct answer *out)
{
    const struct token_grant *use = c->known ? &c->grant : NULL;
    struct token_grant        asked;

    if (use && token_has(use, scope) && (!ns || token_covers(use, *ns)))
        return true;
    if (*token && token_find(c->g->tokens, slice_of(token), &asked))
        use = &asked;
    if (!use)
        refuse_token(c->req, out);
    else if (!token_has(use, scope))
        refuse_scope(c->req, out, scope);
    else if (ns && !token_covers(use, *ns))
        refuse_namespace(c->req, out, *ns);
    else
        return true;
    return false;
}

bool
gates_may(const struct gates_call *c, enum token_scope scope, struct slice ns, const char *token,
          struct answer *out)
{
    return may(c, scope, &ns, token, out);
}

bool
gates_may_somewhere(const struct gates_call *c, enum token_scope scope, const char *token,
                    struct answer *out)
{
    return may(c, scope, NULL, token, out);
}

void
gates_warn(struct gates *g, const char *event, const char *gate, int code, const char *why)
{
    int64_t second = clock_mono_ms(g->clock) / 1000;

    /* Two threads may both start the same second: a line too many is no harm.  Who is over
     * its rate comes by with each request: what is full is only looked at. */
    if (atomic_load(&g->warned_second) != second &&
        atomic_exchange(&g->warned_second, second) != second)
        atomic_store(&g->warned, 0);
    if (atomic_load(&g->warned) < WARNINGS_A_SECOND &&
        atomic_fetch_add(&g->warned, 1) < WARNINGS_A_SECOND)
        log_event(LOG_LEVEL_WARN, event, log_text("gate", gate), log_int("code", code),
                  log_text("why", why));
}

static bool
header_grant(struct gates *g, const struct request *req, struct token_grant *out)
{
    char token[TOKEN_BYTES];
    bool ok;

    if (!g->tokens) {
        token_grant_all(out);
        return true;
    }
    ok = token_of_header(req->authorization, token) && token_find(g->tokens, slice_of(token), out);
    explicit_bzero(token, sizeof token);
    for (size_t i = 0; !ok && req->peer && i < req->peer->n; i++)
        ok = token_find_certificate(g->tokens, slice_of(req->peer->name[i]), out);
    return ok;
}

size_t
gates_body_bytes(struct gates *g, const struct request *req, const struct route **route)
{
    struct slice        arg[2];
    const struct route *r = route_find(req->path, req->method, arg);
    struct token_grant  grant;

    *route = r;
    if (r && r->scope == ROUTE_SCOPE_WRITE && route_allows(r, req->method) &&
        header_grant(g, req, &grant) && token_has(&grant, TOKEN_SCOPE_WRITE) &&
        token_covers(&grant, (struct slice){0}))
        return GATES_WRITE_BYTES;
    return REQUEST_BODY_BYTES;
}

bool
gates_is_own_origin(const struct gates *g, struct slice origin)
{
    bool own = false;

    for (size_t i = 0; i < g->n_own_origins && !own; i++)
        own = slice_is_nocase(origin, g->own_origins[i]);
    return own;
}

/* A browser says where a page comes from.  None brings telemetry or asks a gate, and only
 * our own acts: where no token is asked for, any page that the operator looks at could. */
static bool
is_of_a_page(const struct gates *g, const struct request *req, enum route_scope scope)
{
    if (scope == ROUTE_SCOPE_ACT &&
        (ownpage_sent(req, g->tokens || (g->host && ownpage_host(req, g->host))) ||
         gates_is_own_origin(g, req->origin)))
        return false;
    return req->origin.n && (scope == ROUTE_SCOPE_WRITE || scope == ROUTE_SCOPE_ACT ||
                             scope == ROUTE_SCOPE_KAYENTA ||
                             (scope == ROUTE_SCOPE_GATE && req->method == REQUEST_POST));
}

/* A page under a name that was made to lead here reads what it asks for (DNS
 * rebinding), where nothing else is asked of it.  Gates and probes are asked by any
 * name, and tell such a page nothing that is worth it. */
static bool
is_by_a_strange_name(const struct gates *g, const struct request *req, enum route_scope scope)
{
    if (g->tokens || g->certificates)
        return false;
    return (scope == ROUTE_SCOPE_ACT || scope == ROUTE_SCOPE_READ ||
            scope == ROUTE_SCOPE_READ_ALL || scope == ROUTE_SCOPE_WRITE) &&
           !ownpage_host(req, g->host);
}

/* What an address asks beyond its rate.  Gates are answered all the same, from what is
 * known (ask.h): a caller of theirs takes any other answer for a verdict. */
static bool
is_too_much(const struct request *req, enum route_scope scope, struct answer *out)
{
    if (!req->over_rate || scope == ROUTE_SCOPE_GATE || scope == ROUTE_SCOPE_OPEN ||
        scope == ROUTE_SCOPE_KAYENTA)
        return false;
    /* An agent of Prometheus drops for ever what was refused by 429. */
    gates_refuse(req, out, scope == ROUTE_SCOPE_WRITE ? 503 : 429,
                 "this address asks more often than it may", "ask again in a second");
    out->retry_after_s = 1;
    return true;
}

/* Before the handler, whoever asks.  True: out is the refusal. */
static bool
is_refused(struct gates *g, const struct request *req, enum route_scope scope, struct answer *out)
{
    if (req->over_rate)
        gates_warn(g, "rate_exceeded", "http", 0, "an address asks more often than it may");
    if (is_too_much(req, scope, out))
        return true;
    if (is_by_a_strange_name(g, req, scope)) {
        gates_refuse(req, out, 403, "this is not asked for by that name",
                     "ask by address or by localhost; or name it: public_host; or ask for tokens");
        return true;
    }
    if (!is_of_a_page(g, req, scope))
        return false;
    gates_refuse(req, out, 403, "web pages may not do this",
                 "use the page that this daemon serves, by its address or with tokens; or send it "
                 "from a program, without the header Origin");
    return true;
}

/* What the route asks for before its handler is called. */
static bool
may_enter(const struct gates_call *c, enum route_scope scope, struct answer *out)
{
    switch (scope) {
    case ROUTE_SCOPE_OPEN:
    case ROUTE_SCOPE_GATE:
    case ROUTE_SCOPE_ACT:
    case ROUTE_SCOPE_KAYENTA:
        return true;
    case ROUTE_SCOPE_READ:
        return gates_may_somewhere(c, TOKEN_SCOPE_READ, "", out);
    case ROUTE_SCOPE_READ_ALL:
        return gates_may(c, TOKEN_SCOPE_READ, (struct slice){0}, "", out);
    case ROUTE_SCOPE_WRITE:
        return gates_may(c, TOKEN_SCOPE_WRITE, (struct slice){0}, "", out);
    }
    return false;
}

enum gates_when
gates_handle(struct gates *g, const struct request *req, struct answer *out, gates_done_fn done,
             void *ctx)
{
    struct gates_call   call = {.g = g, .req = req, .done = done, .ctx = ctx};
    const struct route *r = route_find(req->path, req->method, call.arg);

    if (r && (r->scope == ROUTE_SCOPE_KAYENTA) != g->kayenta)
        r = NULL;
    out->close = speaks_flagger(req);
    if (cors_preflight(g, req, out))
        return GATES_NOW;
    if (!r || r->scope != ROUTE_SCOPE_OPEN)
        call.known = header_grant(g, req, &call.grant);
    /* Only a question can bring its token elsewhere than in the header. */
    if (!call.known && !(r && r->scope == ROUTE_SCOPE_OPEN) &&
        !(r && r->scope == ROUTE_SCOPE_GATE && route_allows(r, req->method))) {
        refuse_token(req, out);
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
    if (is_refused(g, req, r->scope, out))
        return GATES_NOW;
    return may_enter(&call, r->scope, out) ? r->handler(&call, out) : GATES_NOW;
}
