#include "webhooks/httprequest.h"

#include "base/heap.h"
#include "webhooks/answerhead.h"
#include "webhooks/eventsend.h"
#include "webhooks/exchange.h"
#include "webhooks/httpdcore.h"
#include "webhooks/httpstats.h"
#include "webhooks/requesthead.h"
#include "webhooks/servertls.h"

enum {
    MAX_DISCARD_BYTES = 8 * REQUEST_BODY_BYTES, /* read and thrown away before a 413 */
    RETRY_AFTER_S = 5,
};

static struct httpconn *
conn_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return i ? i->socket_context : NULL;
}

static void
suspend_connection(void *connection)
{
    MHD_suspend_connection(connection);
}

static void
resume_connection(void *connection)
{
    MHD_resume_connection(connection);
}

/* Called as soon as the request line is there. */
void *
httprequest_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
    struct httpd    *h = ctx;
    struct httpconn *c = conn_of(connection);

    if (c)
        httpconn_receiving(c, clock_mono_coarse_ms());
    atomic_fetch_add(&h->active, 1);
    return exchange_new(slice_of(target), resume_connection, connection);
}

void
httprequest_completed(void *ctx, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode why)
{
    struct httpd    *h = ctx;
    struct exchange *e = *request;
    struct httpconn *c = conn_of(connection);

    (void)why;
    if (!e)
        return;
    waitlist_remove(&h->waiting, e);
    bodyin_uncount(&e->body);
    exchange_unref(e);
    *request = NULL;
    if (c)
        httpconn_idle(c, clock_mono_coarse_ms());
    atomic_fetch_sub(&h->active, 1);
}

/* The body, or what stands for it. */
static struct MHD_Response *
make_response(struct httpd *h, struct MHD_Connection *connection, struct answer *a)
{
    struct slice file;

    switch (a->type) {
    case ANSWER_ASSET:
        file = a->code == 304 ? (struct slice){"", 0}
               : a->gzip      ? a->asset->packed
                              : a->asset->plain;
        return MHD_create_response_from_buffer(file.n, (void *)(uintptr_t)file.p,
                                               MHD_RESPMEM_PERSISTENT);
    case ANSWER_STREAM:
        return eventsend_response(&a->stream, connection, conn_of(connection));
    case ANSWER_JSON:
    case ANSWER_LINE:
    case ANSWER_PLAIN:
    case ANSWER_NONE:
    case ANSWER_PAGE:
    case ANSWER_METRICS:
    case ANSWER_OPENMETRICS:
        break;
    }
    return outbudget_response(&h->sending, &a->body);
}

static void
count(const struct httpd *h, const struct exchange *e, int code, int64_t now_us)
{
    if (h->gates->stats)
        httpstats_answered(h->gates->stats, e->route, code,
                           e->whole_us ? now_us - e->whole_us : -1);
}

/* Without memory for a response the connection is closed: no answer at all is
 * an error to both doors, never a go. */
static enum MHD_Result
send_answer(struct httpd *h, struct MHD_Connection *connection, struct exchange *e,
            struct answer *a)
{
    struct httpconn     *c = conn_of(connection);
    struct MHD_Response *r;
    enum MHD_Result      result = MHD_NO;
    int64_t              now_us = clock_mono_us();

    if (!outbudget_take(&h->sending, &a->body)) {
        gates_refuse(&e->req, a, 503, "too much is being sent to others already",
                     "ask again in a moment");
        gates_warn(h->gates, "answer_not_sent", "http", 503, "max_sending_bytes are under way");
    }
    count(h, e, a->code, now_us);
    r = make_response(h, connection, a);
    if (!r)
        return MHD_NO;
    if (c)
        httpconn_sending(c, now_us / 1000);
    if (answerhead_add(r, a, a->close || h->stopping) && answerhead_add_cors(r, h->gates, &e->req))
        result = MHD_queue_response(connection, (unsigned)a->code, r);
    MHD_destroy_response(r);
    return result;
}

/* The request is whole: answer it, or let it wait. */
static enum MHD_Result
answer_request(struct httpd *h, struct MHD_Connection *connection, struct exchange *e)
{
    struct httpconn *c = conn_of(connection);
    struct answer    now;
    enum gates_when  when;
    int64_t          wait_ms;

    e->req.body = text_slice(&e->body.text);
    e->req.body_memory = &e->body.text;
    answer_init(&now);
    outbudget_lend(&now.body);
    exchange_ref(e); /* for the gates */
    when = gates_handle(h->gates, &e->req, &now, exchange_done, e);
    if (when == GATES_NOW) {
        enum MHD_Result result = send_answer(h, connection, e, &now);

        exchange_unref(e);
        answer_release(&now);
        return result;
    }
    e->fd = c ? httpconn_fd(c) : -1;
    wait_ms = now.wait_ms ? now.wait_ms : h->config.wait_ms;
    pthread_mutex_lock(&e->lock);
    e->late = now;
    pthread_mutex_unlock(&e->lock);
    if (!waitlist_add(&h->waiting, e, httpdcore_now_ms() + wait_ms))
        exchange_expire(e);
    if (exchange_suspend(e, suspend_connection))
        return MHD_YES;
    return send_answer(h, connection, e, &e->answer);
}

static enum MHD_Result
refuse(struct httpd *h, struct MHD_Connection *connection, struct exchange *e, int code,
       const char *error, const char *hint)
{
    struct answer   a;
    enum MHD_Result result;

    answer_init(&a);
    gates_refuse(&e->req, &a, code, error, hint);
    a.close = true;
    a.retry_after_s = code == 503 ? RETRY_AFTER_S : 0;
    gates_warn(h->gates, "request_refused", "http", code, error);
    result = send_answer(h, connection, e, &a);
    answer_release(&a);
    return result;
}

/* A sender of telemetry tries again what was refused for now, and drops the rest. */
static enum MHD_Result
refuse_body(struct httpd *h, struct MHD_Connection *connection, struct exchange *e)
{
    if (e->body.budget != &h->writes)
        return refuse(h, connection, e, 413, "the body is too large",
                      "at most 1 MiB is taken; a question has less than 4 KiB");
    if (e->body.no_room)
        return refuse(h, connection, e, 503, "too much telemetry is coming in at once",
                      "try again in a few seconds");
    return refuse(h, connection, e, 413, "the body is too large: at most 64 MiB is taken",
                  "send less at a time");
}

/* The names in the client's certificate: read once for a connection. */
static const struct servertls_peer *
peer_of(struct MHD_Connection *connection, struct httpconn *c)
{
    const union MHD_ConnectionInfo *i;
    struct servertls_peer          *peer = httpconn_peer(c);

    if (peer)
        return peer;
    i = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (!i || !i->tls_session)
        return NULL;
    peer = heap_new(1, sizeof *peer);
    (void)servertls_peer_of(i->tls_session, peer);
    httpconn_keep_peer(c, peer);
    return peer;
}

struct head_reading {
    struct requesthead head;
    struct request    *req;
};

static enum MHD_Result
take_header(void *ctx, enum MHD_ValueKind kind, const char *name, size_t n_name, const char *value,
            size_t n_value)
{
    struct head_reading *r = ctx;

    (void)kind;
    requesthead_take(&r->head, r->req, (struct slice){name, n_name},
                     (struct slice){value ? value : "", value ? n_value : 0});
    return MHD_YES;
}

/* What is known once the headers are there.  A body that is only somewhat too
 * large is read all the same: a client that still writes would not see the
 * answer. */
static enum MHD_Result
begin(struct httpd *h, struct MHD_Connection *connection, struct exchange *e, const char *method,
      const char *version)
{
    struct head_reading r = {.req = &e->req};
    struct httpconn    *c = conn_of(connection);
    const char         *fault;
    uint64_t            n;
    size_t              max;

    e->started = true;
    e->req.method = request_method_of(slice_of(method));
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &r);
    fault = requesthead_fault(&r.head, slice_of(method), slice_of(version));
    if (fault)
        return refuse(h, connection, e, 400, fault,
                      "the connection is closed: what follows could be read in two ways");
    e->req.peer = h->config.tls && c ? peer_of(connection, c) : NULL;
    e->req.over_rate =
        c && !clients_take(&h->config.client, httpconn_client(c), clock_mono_coarse_ms() * 1000);
    if (e->req.over_rate && h->gates->stats)
        httpstats_limited(h->gates->stats);
    max = gates_body_bytes(h->gates, &e->req, &e->route);
    bodyin_begin(&e->body, max > REQUEST_BODY_BYTES ? &h->writes : &h->questions, max);
    if (max > REQUEST_BODY_BYTES && c)
        httpconn_receiving_until(c, httpdcore_now_ms(), h->config.write_ms - h->config.request_ms);
    if (r.head.n_lengths && slice_u64(r.head.content_length, &n) == STATUS_OK && n > max &&
        n > MAX_DISCARD_BYTES)
        return refuse_body(h, connection, e);
    return MHD_YES;
}

enum MHD_Result
httprequest_go_on(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                  const char *version, const char *data, size_t *n, void **request)
{
    struct httpd    *h = ctx;
    struct exchange *e = *request;
    struct httpconn *c = conn_of(connection);
    bool             answered;

    (void)url;
    if (!e)
        return MHD_NO;
    if (!e->started)
        return begin(h, connection, e, method, version);
    if (*n) {
        uint64_t discarded = bodyin_take(&e->body, (struct slice){data, *n});

        *n = 0;
        return discarded > MAX_DISCARD_BYTES ? MHD_NO : MHD_YES;
    }
    pthread_mutex_lock(&e->lock);
    answered = e->state == EXCHANGE_ANSWERED; /* resumed */
    pthread_mutex_unlock(&e->lock);
    if (answered)
        return send_answer(h, connection, e, &e->answer);
    e->whole_us = clock_mono_us();
    if (c)
        httpconn_answering(c, e->whole_us / 1000);
    if (e->target_err.status)
        return refuse(h, connection, e, 400, e->target_err.text,
                      "use POST with jsonBody: what a template puts into a URL is not encoded");
    if (e->body.too_large || e->body.no_room)
        return refuse_body(h, connection, e);
    return answer_request(h, connection, e);
}
