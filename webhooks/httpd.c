#include "webhooks/httpd.h"

#include "base/heap.h"
#include "base/log.h"
#include "webhooks/answerhead.h"
#include "webhooks/eventsend.h"
#include "webhooks/exchange.h"
#include "webhooks/httpconn.h"
#include "webhooks/httpstats.h"
#include "webhooks/httpthreads.h"
#include "webhooks/outbudget.h"
#include "webhooks/requesthead.h"
#include "webhooks/servertls.h"
#include "webhooks/waitlist.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_DISCARD_BYTES = 8 * REQUEST_BODY_BYTES, /* read and thrown away before a 413 */
    RETRY_AFTER_S = 5,
    CONNECTION_MEMORY_BYTES = 16 * 1024, /* zeroed for each request; it holds the head */
    LOOK_AT_FILES_MS = 5000,
};

struct httpd {
    struct httpd_config   config;
    struct gates         *gates;
    struct httpthreads    threads;
    uint16_t              port;
    struct clients        clients;
    struct httpconn_table conns;
    struct bodyin_budget  questions, writes;
    struct outbudget      sending;
    atomic_int            active;   /* requests between request line and end */
    atomic_bool           stopping; /* nothing is suspended any more */
    struct waitlist       waiting;
    pthread_t             sweeper;

    pthread_mutex_t lock; /* of sweeper_ends */
    pthread_cond_t  wake; /* on monotonic time */
    bool            sweeper_ends;
};

struct httpd_config
httpd_defaults(void)
{
    return (struct httpd_config){
        .listen = "127.0.0.1:8080",
        .threads = 1,
        .max_sending_bytes = 256ULL * 1024 * 1024,
        .max_connections = 1024,
        .client = {.connections = 512, .per_second = 1000, .burst = 2000},
        .max_waiting_body_bytes = 64ULL * 1024 * 1024,
        .max_waiting_write_bytes = 256ULL * 1024 * 1024,
        .request_ms = 5000,
        .write_ms = 60000,
        .keepalive_ms = 120000,
        .wait_ms = 2000,
        .send_ms = 10000,
    };
}

/* Sockets live in real time, whatever clock the gates were given. */
static int64_t
now_ms(void)
{
    return clock_mono_ms(&clock_system);
}

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

static int64_t
sweep_every_ms(const struct httpd_config *c)
{
    int64_t shortest = c->request_ms < c->wait_ms ? c->request_ms : c->wait_ms;
    int64_t every = shortest / 8;

    return every < 5 ? 5 : every > 250 ? 250 : every;
}

/* Certificates are renewed by others, who tell nobody. */
static void
look_at_certificates(struct httpd *h)
{
    struct servertls *tls = h->config.tls;
    struct err        err = {0};

    if (servertls_changed(tls)) {
        if (servertls_reload(tls, &err))
            log_event(LOG_LEVEL_ERROR, "certificate_refused", log_text("error", err.text));
        else
            log_event(LOG_LEVEL_INFO, "certificate_reloaded",
                      log_int("expires_s", servertls_expires_s(tls)));
    }
    if (h->gates->stats)
        httpstats_certificate(h->gates->stats, servertls_expires_s(tls));
}

static void *
sweep(void *ctx)
{
    struct httpd *h = ctx;
    int64_t       looked_ms = now_ms() - LOOK_AT_FILES_MS;

    pthread_mutex_lock(&h->lock);
    while (!h->sweeper_ends) {
        struct timespec until = clock_mono_in(sweep_every_ms(&h->config));

        pthread_cond_timedwait(&h->wake, &h->lock, &until);
        pthread_mutex_unlock(&h->lock);
        waitlist_expire(&h->waiting, now_ms());
        waitlist_notice(&h->waiting);
        if (h->gates->port->events)
            eventstream_pump(h->gates->port->events);
        httpconn_sweep(&h->conns, now_ms(), atomic_load(&h->stopping));
        clients_sweep(&h->clients, clock_mono_us());
        if (h->config.tls && now_ms() - looked_ms >= LOOK_AT_FILES_MS) {
            looked_ms = now_ms();
            look_at_certificates(h);
        }
        pthread_mutex_lock(&h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

/* Called as soon as the request line is there. */
static void *
on_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
    struct httpd    *h = ctx;
    struct httpconn *c = conn_of(connection);

    if (c)
        httpconn_receiving(c, clock_mono_coarse_ms());
    atomic_fetch_add(&h->active, 1);
    return exchange_new(slice_of(target), resume_connection, connection);
}

static void
on_completed(void *ctx, struct MHD_Connection *connection, void **request,
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

static enum MHD_Result
on_accept(void *ctx, const struct sockaddr *address, socklen_t n)
{
    struct httpd *h = ctx;

    (void)n;
    if (!clients_full(&h->clients, address))
        return MHD_YES;
    if (h->gates->stats)
        httpstats_refused(h->gates->stats);
    gates_warn(h->gates, "connection_refused", "http", 0,
               "its address has as many connections as it may");
    return MHD_NO;
}

static void
connection_opened(struct httpd *h, struct MHD_Connection *connection, void **socket_context)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *from =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    *socket_context = NULL;
    if (fd && from && from->client_addr)
        *socket_context = httpconn_opened(&h->conns, fd->connect_fd,
                                          clients_enter(&h->clients, from->client_addr), now_ms());
    if (h->gates->stats)
        httpstats_opened(h->gates->stats);
}

static void
connection_closed(struct httpd *h, void **socket_context)
{
    struct httpconn *c = *socket_context;

    if (c) {
        clients_leave(&h->clients, httpconn_client(c), clock_mono_us());
        httpconn_closed(&h->conns, c);
    }
    *socket_context = NULL;
    if (h->gates->stats)
        httpstats_closed(h->gates->stats);
}

static void
on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
              enum MHD_ConnectionNotificationCode what)
{
    switch (what) {
    case MHD_CONNECTION_NOTIFY_STARTED:
        connection_opened(ctx, connection, socket_context);
        break;
    case MHD_CONNECTION_NOTIFY_CLOSED:
        connection_closed(ctx, socket_context);
        break;
    }
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
    if (!waitlist_add(&h->waiting, e, now_ms() + wait_ms))
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
        httpconn_receiving_until(c, now_ms(), h->config.write_ms - h->config.request_ms);
    if (r.head.n_lengths && slice_u64(r.head.content_length, &n) == STATUS_OK && n > max &&
        n > MAX_DISCARD_BYTES)
        return refuse_body(h, connection, e);
    return MHD_YES;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
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

static void
end_sweeper(struct httpd *h)
{
    pthread_mutex_lock(&h->lock);
    h->sweeper_ends = true;
    pthread_cond_broadcast(&h->wake);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->sweeper, NULL);
}

/* s is taken over. */
static enum status
start_threads(struct httpd *h, const struct listen_socket *s, struct err *err)
{
    const struct httpthreads_config c = {.listen = h->config.listen,
                                         .threads = h->config.threads,
                                         .max_connections = h->config.max_connections,
                                         .connection_memory_bytes = CONNECTION_MEMORY_BYTES,
                                         .tls = h->config.tls};
    const struct httpthreads_calls  calls = {.ctx = h,
                                             .accept = on_accept,
                                             .request = on_request,
                                             .target = on_target,
                                             .completed = on_completed,
                                             .connection = on_connection};

    return httpthreads_start(&h->threads, &c, &calls, s, err);
}

static enum status
check_address(const struct httpd_config *c, const struct gates *g, const struct listen_socket *s,
              struct err *err)
{
    if (g->tokens || g->kayenta || s->loopback || (c->tls && servertls_requires_client(c->tls)))
        return STATUS_OK;
    return err_set(err, STATUS_DENIED,
                   "listen: %.100s can be reached from other machines, and neither a token nor a "
                   "client's certificate is asked for: set a token file, or listen on 127.0.0.1",
                   c->listen);
}

static struct httpd *
new_httpd(const struct httpd_config *c, struct gates *g, uint16_t port)
{
    struct httpd                *h = heap_new(1, sizeof *h);
    const struct httpconn_limits limits = {
        .receive_ms = c->request_ms, .send_ms = c->send_ms, .idle_ms = c->keepalive_ms};
    pthread_condattr_t attr;

    h->config = *c;
    h->gates = g;
    h->questions.max_bytes = c->max_waiting_body_bytes;
    h->writes.max_bytes = c->max_waiting_write_bytes;
    h->sending.max_bytes = (size_t)c->max_sending_bytes;
    h->port = port;
    httpconn_init(&h->conns, &limits);
    clients_init(&h->clients, &c->client);
    waitlist_init(&h->waiting);
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &attr);
    pthread_condattr_destroy(&attr);
    return h;
}

static void
free_httpd(struct httpd *h)
{
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    httpconn_release(&h->conns);
    clients_release(&h->clients);
    waitlist_release(&h->waiting);
    free(h);
}

enum status
httpd_start(const struct httpd_config *c, struct gates *g, struct httpd **out, struct err *err)
{
    struct listen_socket s;
    struct httpd        *h;
    enum status          status = listen_open(c->listen, &s, err);

    if (status)
        return status;
    status = check_address(c, g, &s, err);
    if (status) {
        close(s.fd);
        return status;
    }
    h = new_httpd(c, g, s.port);
    if (pthread_create(&h->sweeper, NULL, sweep, h)) {
        close(s.fd);
        free_httpd(h);
        return err_set(err, STATUS_IO, "http: no thread could be started");
    }
    status = start_threads(h, &s, err);
    if (status) {
        end_sweeper(h);
        free_httpd(h);
        return status;
    }
    *out = h;
    return STATUS_OK;
}

uint16_t
httpd_port(const struct httpd *h)
{
    return h->port;
}

/* The library must not be stopped while a connection is suspended; and who was
 * promised an answer gets it. */
static void
wait_for_answers(struct httpd *h)
{
    int64_t until_ms = now_ms() + h->config.request_ms + h->config.send_ms;

    while (!waitlist_empty(&h->waiting) || (atomic_load(&h->active) > 0 && now_ms() < until_ms)) {
        struct timespec t = clock_mono_in(5);

        waitlist_expire(&h->waiting, now_ms());
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
}

void
httpd_stop(struct httpd *h)
{
    struct eventstream *events = h->gates->port->events;

    httpthreads_quiesce(&h->threads);
    atomic_store(&h->stopping, true);
    waitlist_close(&h->waiting);
    if (events)
        eventstream_close(events);
    wait_for_answers(h);
    end_sweeper(h);
    if (events)
        eventstream_pump(events); /* nobody sleeps any more */
    httpthreads_stop(&h->threads);
    free_httpd(h);
}
