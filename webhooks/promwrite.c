#include "webhooks/promwrite.h"

#include "base/heap.h"
#include "webhooks/bodystream.h"

#include <stdio.h>
#include <stdlib.h>

enum { SOURCE_BYTES = 64, LINE_BYTES = 400 };

static const char no_writes[] = "no source takes writes: configure one as {remote_write: {}}";

struct waiting {
    gates_done_fn done;
    void         *ctx;
};

/* As Prometheus's receiver words a refusal: a line of text, which senders log. */
static enum gates_when
refuse(struct answer *out, int code, const char *line)
{
    answer_line(out, code, line);
    if (code == 503)
        out->retry_after_s = PROMWRITE_RETRY_S;
    return GATES_NOW;
}

static void
applied(void *ctx, int http_code, const char *line)
{
    struct waiting *w = ctx;
    struct answer   out;

    answer_init(&out);
    if (http_code == 204)
        answer_none(&out);
    else
        (void)refuse(&out, http_code, line);
    (void)w->done(w->ctx, &out);
    answer_release(&out);
    free(w);
}

/* source=NAME is all that a query may say here. */
static bool
read_query(const struct request *req, char source[SOURCE_BYTES], struct answer *out)
{
    struct slice query = req->query;
    size_t       n;

    source[0] = '\0';
    while (query.n) {
        struct slice value = slice_cut(&query, '&'), name = slice_cut(&value, '=');

        if (!slice_is(name, "source")) {
            (void)refuse(out, 400, "this path takes one parameter, source: the name of a source");
            return false;
        }
        if (request_decode(value, true, source, SOURCE_BYTES, &n) || n == 0) {
            (void)refuse(out, 400, "source is not the name of a source");
            return false;
        }
    }
    return true;
}

/* The body's memory, the caller's now; copied only where it cannot be taken. */
static char *
take_body(const struct request *req, size_t *n)
{
    char *copy;

    if (req->body_memory)
        return text_take(req->body_memory, n);
    *n = req->body.n;
    copy = heap_new(*n + 1, 1);
    if (*n)
        memcpy(copy, req->body.p, *n);
    return copy;
}

/* Tell a body that was not taken why, and free it. */
static enum gates_when
not_taken(enum writeport_taken why, const struct writeport_body *body, struct answer *out)
{
    char line[LINE_BYTES];

    if (body->stream.close)
        body->stream.close(body->stream.self);
    free(body->bytes);
    switch (why) {
    case WRITEPORT_FULL:
        return refuse(out, 503, "too much telemetry waits to be taken over: try again");
    case WRITEPORT_AMBIGUOUS:
        return refuse(out, 400,
                      "several sources take writes: say which with the parameter source=NAME");
    case WRITEPORT_NO_SOURCE:
        if (body->source.n == 0)
            return refuse(out, 404, no_writes);
        snprintf(line, sizeof line, "no source named %.*s takes writes", SLICE_ARG(body->source));
        return refuse(out, 404, line);
    case WRITEPORT_TAKEN:
        break;
    }
    return GATES_LATER;
}

static enum gates_when
hand_over(const struct gates_call *c, struct writeport_body *body, struct answer *out)
{
    const struct writeport *writes = c->g->port->writes;
    struct waiting         *w = heap_new(1, sizeof *w);
    enum writeport_taken    taken;

    *w = (struct waiting){.done = c->done, .ctx = c->ctx};
    /* What is told if it takes too long; and what was taken is sent again in
     * vain, but does no harm: the same samples are no news. */
    (void)refuse(out, 503, "the telemetry is still being taken over: try again");
    out->wait_ms = PROMWRITE_WAIT_MS;
    taken = writes->write(writes->self, body, applied, w);
    if (taken == WRITEPORT_TAKEN)
        return GATES_LATER;
    free(w);
    return not_taken(taken, body, out);
}

/* "application/x-protobuf", alone or with the message of 1.0.  A sender that names
 * none is an old one. */
static bool
is_version_1(struct slice content_type)
{
    struct slice type = slice_trim(slice_cut(&content_type, ';'));

    if (type.n && !slice_is_nocase(type, "application/x-protobuf"))
        return false;
    while (content_type.n) {
        struct slice value = slice_cut(&content_type, ';');
        struct slice name = slice_trim(slice_cut(&value, '='));

        if (slice_is_nocase(name, "proto") &&
            !slice_is(slice_trim(value), "prometheus.WriteRequest"))
            return false;
    }
    return true;
}

enum gates_when
promwrite_remote(const struct gates_call *c, struct answer *out)
{
    struct slice          encoding = slice_trim(c->req->content_encoding);
    struct writeport_body body = {.kind = WRITEPORT_REMOTE_WRITE};
    char                  source[SOURCE_BYTES];

    if (!c->g->port->writes)
        return refuse(out, 404, no_writes);
    if (!is_version_1(c->req->content_type))
        return refuse(out, 415,
                      "remote write 1.0 alone is taken: application/x-protobuf with the message "
                      "prometheus.WriteRequest");
    if (encoding.n && !slice_is_nocase(encoding, "snappy"))
        return refuse(out, 415, "snappy alone is taken as Content-Encoding");
    if (!read_query(c->req, source, out))
        return GATES_NOW;
    body.source = slice_of(source);
    body.bytes = take_body(c->req, &body.n);
    return hand_over(c, &body, out);
}

enum gates_when
promwrite_import(const struct gates_call *c, struct answer *out)
{
    struct slice          encoding = slice_trim(c->req->content_encoding);
    struct writeport_body body = {.kind = WRITEPORT_TEXT};
    bool                  gzip = slice_is_nocase(encoding, "gzip");
    char                  source[SOURCE_BYTES], *bytes;

    if (!c->g->port->writes)
        return refuse(out, 404, no_writes);
    if (encoding.n && !gzip && !slice_is_nocase(encoding, "identity"))
        return refuse(out, 415, "gzip alone is taken as Content-Encoding");
    if (!read_query(c->req, source, out))
        return GATES_NOW;
    body.source = slice_of(source);
    bytes = take_body(c->req, &body.bytes_waiting);
    body.stream = bodystream_new(bytes, body.bytes_waiting, gzip, PROMWRITE_UNPACKED_BYTES);
    return hand_over(c, &body, out);
}
