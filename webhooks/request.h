/* request.h - one HTTP request as the gates see it, free of any HTTP library. */
#ifndef WEBHOOKS_REQUEST_H
#define WEBHOOKS_REQUEST_H

#include "base/text.h"
#include "webhooks/question.h"

#include <stdatomic.h>

struct servertls_peer;

enum request_method {
    REQUEST_GET,
    REQUEST_HEAD,
    REQUEST_POST,
    REQUEST_PUT,
    REQUEST_OPTIONS,
    REQUEST_OTHER
};

enum {
    REQUEST_MAX_PARAMS = 32,
    REQUEST_TARGET_BYTES = 8192,
    REQUEST_BODY_BYTES = 1024 * 1024,
};

/* path and params point into store: never copy the struct. */
struct request {
    enum request_method   method;
    struct slice          path; /* as it came, still percent-encoded, without the query */
    struct question_param param[REQUEST_MAX_PARAMS];
    size_t                n_params;
    struct slice          query; /* as it came; only where request_is_prometheus() */
    /* Values of headers; borrowed, like body. */
    struct slice authorization, content_type, accept, accept_encoding, content_encoding, origin;
    struct slice if_none_match, last_event_id, host;
    /* Names in the client's certificate, which was checked; borrowed.  NULL: none. */
    const struct servertls_peer *peer;
    struct slice                 body;
    /* Where the body lies: who takes its memory (text_take) need not copy it.  NULL:
     * it cannot be taken. */
    struct text *body_memory;
    /* Set once nobody waits for the answer any more; good until it was given.
     * NULL: not known. */
    const atomic_bool *gone;
    /* The caller asks more often than its address may: it is answered from what is
     * known, or told to wait.  Events and Flagger's metrics are taken all the same: the
     * first are not sent again, and of the others a refusal is a failed check. */
    bool over_rate;
    char store[REQUEST_TARGET_BYTES];
};

/* A path of the Prometheus API.  Its parameters may hold line breaks and may
 * stand in the body: promform.h reads them, and n_params is 0. */
bool request_is_prometheus(struct slice path);

enum request_method request_method_of(struct slice name);

/* Take the request target ("/v1/runs?limit=2") apart; headers but the
 * authorization, and gone, become empty.  Raw UTF-8 is taken as it is, since Argo does not encode what a template puts into a URL.
 * STATUS_SYNTAX: a blank or control character, a broken escape, an escaped NUL
 * or control character, not UTF-8 once decoded, no path.  STATUS_LIMIT: longer
 * than REQUEST_TARGET_BYTES, or too many parameters. */
enum status request_target(struct request *r, struct slice target, struct err *err) MUST_CHECK;

/* The first parameter of that name, or {0}. */
struct slice request_param(const struct request *r, const char *name);

/* Undo percent-encoding (and '+' for a blank, where plus is set), whatever bytes
 * come out; out has room for in.n.  STATUS_SYNTAX: a broken escape. */
enum status request_unescape(struct slice in, bool plus, char *out, size_t *n) MUST_CHECK;

/* Undo percent-encoding (and '+' for a blank, where plus is set) into out.
 * STATUS_SYNTAX as above, STATUS_LIMIT: does not fit with its NUL. */
enum status request_decode(struct slice in, bool plus, char *out, size_t out_bytes,
                           size_t *n) MUST_CHECK;

#endif
