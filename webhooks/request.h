/* request.h - one HTTP request as the gates see it, free of any HTTP library. */
#ifndef WEBHOOKS_REQUEST_H
#define WEBHOOKS_REQUEST_H

#include "webhooks/question.h"

enum request_method { REQUEST_GET, REQUEST_HEAD, REQUEST_POST, REQUEST_OTHER };

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
    struct slice          authorization; /* the header's value; borrowed, like body */
    struct slice          body;
    char                  store[REQUEST_TARGET_BYTES];
};

enum request_method request_method_of(struct slice name);

/* Take the request target ("/v1/runs?limit=2") apart.  Raw UTF-8 is taken as
 * it is, since Argo does not encode what a template puts into a URL.
 * STATUS_SYNTAX: a blank or control character, a broken escape, an escaped NUL
 * or control character, not UTF-8 once decoded, no path.  STATUS_LIMIT: longer
 * than REQUEST_TARGET_BYTES, or too many parameters. */
enum status request_target(struct request *r, struct slice target, struct err *err) MUST_CHECK;

/* The first parameter of that name, or {0}. */
struct slice request_param(const struct request *r, const char *name);

/* Undo percent-encoding (and '+' for a blank, where plus is set) into out.
 * STATUS_SYNTAX as above, STATUS_LIMIT: does not fit with its NUL. */
enum status request_decode(struct slice in, bool plus, char *out, size_t out_bytes,
                           size_t *n) MUST_CHECK;

#endif
