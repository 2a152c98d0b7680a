/* fetch.h - the interface "make this HTTP request and tell me how it went".
 *
 * daemon/curlfetch carries it out by libcurl; tests answer from scripts.  All
 * calls and callbacks happen on the loop thread. */
#ifndef BASE_FETCH_H
#define BASE_FETCH_H

#include "base/err.h"
#include "base/slice.h"

struct fetch_header {
    const char *name, *value;
};

/* How to reach and be trusted by one upstream.  Secrets are read from their
 * files when a request starts, so that a rotated file needs no reload. */
struct fetch_peer {
    const char                *bearer_token_file;                /* NULL: none */
    const char                *basic_user, *basic_password_file; /* both or neither */
    const char                *ca_file;                          /* NULL: the system's */
    const char                *client_cert_file, *client_key_file;
    const struct fetch_header *headers; /* sent with every request */
    size_t                     n_headers;
};

/* A part of a reply's body, decompressed, as it comes; http_code and type are
 * those of the reply.  Never from inside start.  false: no more is wanted, the
 * exchange ends with STATUS_CANCELLED.  It may not cancel the job itself. */
typedef bool (*fetch_part_fn)(void *ctx, int http_code, struct slice content_type,
                              struct slice part);

/* All pointers are borrowed until the request is done. */
struct fetch_request {
    const char                *method; /* "GET", "POST" or "PATCH" */
    const char                *url;
    const char                *content_type; /* of the body; NULL: none */
    struct slice               body;
    const struct fetch_peer   *peer;    /* NULL: plain, no credentials */
    const struct fetch_header *headers; /* of this request, beside the peer's */
    size_t                     n_headers;
    int64_t                    timeout_ms;      /* for the whole exchange */
    size_t                     max_reply_bytes; /* after decompression, of all parts together */
    /* NULL: the body is gathered for the result.  Else nothing is: each part is
     * told, with done's ctx, and the result's body is empty. */
    fetch_part_fn part;
};

/* How an exchange ended.
 * STATUS_OK: an HTTP answer came whole, whatever its code (redirects are not
 * followed: a 3xx is an answer).
 * STATUS_UNREACHABLE, STATUS_TIMEOUT, STATUS_TOO_LARGE, STATUS_IO (a secret
 * file could not be read), STATUS_MALFORMED (what came is not HTTP),
 * STATUS_SYNTAX (the request cannot be sent), STATUS_CANCELLED: none did; err
 * says why. */
struct fetch_result {
    enum status  status;
    struct err   err;
    int          http_code;
    struct slice body;           /* borrowed for the call */
    struct slice content_type;   /* likewise; empty: absent */
    int64_t      retry_after_ms; /* from Retry-After in seconds; -1: absent */
};

typedef void (*fetch_done_fn)(void *ctx, const struct fetch_result *result);

struct fetch_job;

struct fetch {
    /* Start a request.  done is called exactly once, later, never from inside
     * start, also after cancel.  Never NULL. */
    struct fetch_job *(*start)(void *self, const struct fetch_request *req, fetch_done_fn done,
                               void *ctx);
    /* done will be called with STATUS_CANCELLED unless it already was asked
     * for; the job must not have been reported done. */
    void (*cancel)(void *self, struct fetch_job *job);
    void *self;
};

#endif
