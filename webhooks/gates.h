/* gates.h - a request in, an answer out, now or later: no HTTP library here.
 *
 * httpd.c calls it from sockets, tests/replay directly under virtual time. */
#ifndef WEBHOOKS_GATES_H
#define WEBHOOKS_GATES_H

#include "promql/regex.h"
#include "webhooks/answer.h"
#include "webhooks/port.h"
#include "webhooks/request.h"
#include "webhooks/token.h"

#include <stdatomic.h>

struct httpstats;
struct route;

/* Lives until the last answer that is owed was given: stop the server, let the
 * port answer what it has taken, then let go of this. */
struct gates {
    const struct port  *port;         /* borrowed */
    const struct clock *clock;        /* borrowed */
    struct token_set   *tokens;       /* borrowed; NULL: everybody may ask */
    bool                certificates; /* nobody connects without a certificate that was checked */
    const char         *host;         /* borrowed; a name by which browsers ask; NULL: none */
    const char *const  *own_origins;  /* borrowed; of our own page behind a proxy */
    size_t              n_own_origins;
    const struct regex
                     *origins; /* borrowed; of pages that may ask the Prometheus API; NULL: none */
    struct httpstats *stats;   /* borrowed; NULL: nothing is counted */
    bool            kayenta; /* the listener of Kayenta's routes: of these alone, without tokens */
    _Atomic int64_t warned_second; /* of monotonic time: log lines are limited */
    atomic_int      warned;
    _Atomic int64_t link_second; /* likewise: links that are none are limited */
    atomic_int      links_bad;
};

void gates_init(struct gates *g, const struct port *port, const struct clock *clock,
                struct token_set *tokens);

enum { GATES_WRITE_BYTES = 64 * 1024 * 1024 };

enum gates_when { GATES_NOW, GATES_LATER };

/* The answer that was owed.  True: it was sent, and its body is the callee's
 * now.  False: too late, the caller was told something else. */
typedef bool (*gates_done_fn)(void *ctx, struct answer *answer);

/* Any thread, never waits.  out was initialised by the caller, who releases it.
 * GATES_NOW: out is the answer and done is not called.
 * GATES_LATER: done is called exactly once, on the loop or a worker, perhaps
 * before this returns; out is what to tell if it takes too long.  req is not
 * needed after the return. */
enum gates_when gates_handle(struct gates *g, const struct request *req, struct answer *out,
                             gates_done_fn done, void *ctx);

/* How large the body of a request may be, by its path, method and authorization:
 * REQUEST_BODY_BYTES, or more for telemetry of who may write it.  *route is that of
 * the path, NULL: none. */
size_t gates_body_bytes(struct gates *g, const struct request *req, const struct route **route);

/* A browser sends this from our own page, as it is seen behind a proxy that writes another
 * Host. */
bool gates_is_own_origin(const struct gates *g, struct slice origin);

/* For the handlers behind route.def. */
struct gates_call {
    struct gates         *g;
    const struct request *req;
    struct slice          arg[2]; /* what stood for the {} of the pattern, still encoded */
    bool                  known;  /* the header brought a token of ours, or none is asked for */
    struct token_grant    grant;  /* of that token */
    gates_done_fn         done;
    void                 *ctx;
};
typedef enum gates_when (*gates_handler_fn)(const struct gates_call *c, struct answer *out);

/* Refuse in the dialect of the path: a line for Flagger, JSON for the rest. */
void gates_refuse(const struct request *req, struct answer *out, int code, const char *error,
                  const char *hint);

/* Whether the caller may do this to something in the namespace (empty: in all), by
 * the token of the header or else by this one of the question, which may be "".
 * False: out is the refusal, 401 or 403. */
bool gates_may(const struct gates_call *c, enum token_scope scope, struct slice ns,
               const char *token, struct answer *out);

/* Whether the caller may do it anywhere: for telling what is wrong with a question. */
bool gates_may_somewhere(const struct gates_call *c, enum token_scope scope, const char *token,
                         struct answer *out);

/* A line in the log, at most ten a second over all callers. */
void gates_warn(struct gates *g, const char *event, const char *gate, int code, const char *why);

#endif
