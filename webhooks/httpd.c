#include "webhooks/httpd.h"

#include "base/heap.h"
#include "base/log.h"
#include "webhooks/httpdcore.h"
#include "webhooks/httprequest.h"
#include "webhooks/httpstats.h"
#include "webhooks/servertls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY_BYTES = 16 * 1024, /* zeroed for each request; it holds the head */
    LOOK_AT_FILES_MS = 5000,
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

static int64_t
sweep_every_ms(const struct httpd_config *c)
{
    int64_t shortest = c->request_ms < c->wait_ms ? c->request_ms : c->wait_ms;
    int64_t every = shortest / 8;

    return every < 5 ? 5 : every > 250 ? 250 : every;
}

/* They are tried every few seconds: what is new about it is said, the rest counted. */
static void
refuse_certificate(struct httpd *h, const char *why)
{
    if (h->gates->stats)
        httpstats_certificate_refused(h->gates->stats);
    if (!h->tls_refused++ || strcmp(h->tls_why, why) != 0)
        log_event(LOG_LEVEL_ERROR, "certificate_refused", log_text("error", why));
    snprintf(h->tls_why, sizeof h->tls_why, "%s", why);
}

/* Certificates are renewed by others, who tell nobody. */
static void
look_at_certificates(struct httpd *h)
{
    struct servertls *tls = h->config.tls;
    struct err        err = {0};

    if (servertls_changed(tls)) {
        if (servertls_reload(tls, &err)) {
            refuse_certificate(h, err.text);
        } else {
            log_event(LOG_LEVEL_INFO, "certificate_reloaded",
                      log_int("expires_s", servertls_expires_s(tls)),
                      log_int("refused", h->tls_refused));
            h->tls_refused = 0;
        }
    }
    if (h->gates->stats)
        httpstats_certificate(h->gates->stats, servertls_expires_s(tls));
}

static void *
sweep(void *ctx)
{
    struct httpd *h = ctx;
    int64_t       looked_ms = httpdcore_now_ms() - LOOK_AT_FILES_MS;

    pthread_mutex_lock(&h->lock);
    while (!h->sweeper_ends) {
        struct timespec until = clock_mono_in(sweep_every_ms(&h->config));

        pthread_cond_timedwait(&h->wake, &h->lock, &until);
        pthread_mutex_unlock(&h->lock);
        waitlist_expire(&h->waiting, httpdcore_now_ms());
        waitlist_notice(&h->waiting);
        if (h->gates->port->events)
            eventstream_pump(h->gates->port->events);
        httpconn_sweep(&h->conns, httpdcore_now_ms(), atomic_load(&h->stopping));
        clients_sweep(&h->clients, clock_mono_us());
        if (h->config.tls && !h->config.tls_is_shared &&
            httpdcore_now_ms() - looked_ms >= LOOK_AT_FILES_MS) {
            looked_ms = httpdcore_now_ms();
            look_at_certificates(h);
        }
        pthread_mutex_lock(&h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

static bool
is_allowed(const struct httpd_config *c, const struct sockaddr *address)
{
    bool allowed = c->n_allow == 0;

    for (size_t i = 0; i < c->n_allow && !allowed; i++)
        allowed = addressrange_holds(&c->allow[i], address);
    return allowed;
}

static enum MHD_Result
on_accept(void *ctx, const struct sockaddr *address, socklen_t n)
{
    struct httpd *h = ctx;

    (void)n;
    if (!is_allowed(&h->config, address)) {
        if (h->gates->stats)
            httpstats_refused(h->gates->stats);
        gates_warn(h->gates, "connection_not_allowed", "http", 0, "its address is not in allow");
        return MHD_NO;
    }
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
        *socket_context =
            httpconn_opened(&h->conns, fd->connect_fd,
                            clients_enter(&h->clients, from->client_addr), httpdcore_now_ms());
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
                                             .request = httprequest_go_on,
                                             .target = httprequest_target,
                                             .completed = httprequest_completed,
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
    int64_t until_ms = httpdcore_now_ms() + h->config.request_ms + h->config.send_ms;

    while (!waitlist_empty(&h->waiting) ||
           (atomic_load(&h->active) > 0 && httpdcore_now_ms() < until_ms)) {
        struct timespec t = clock_mono_in(5);

        waitlist_expire(&h->waiting, httpdcore_now_ms());
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
