#include "tests/meshsim/sim_http.h"

#include "base/heap.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IDLE_S = 60, CONNECTIONS_MAX = 512, ACCEPTS_AT_ONCE = 64 };

struct listener {
    int      fd;
    uint16_t port;
};

struct sim_http {
    struct sim_http_handler handler;
    struct MHD_Daemon      *daemon;
    int                     epoll_fd;
    struct listener        *listeners;
    size_t                  n, cap;
};

/* One request, while libmicrohttpd holds it. */
struct request {
    bool  answered;
    void *mark;
};

static enum MHD_Result
take_parameter(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct sim_question *q = cls;

    (void)kind;
    if (q->n == SIM_CONTROL_PARAMETERS_MAX) {
        q->too_many = true;
        return MHD_NO;
    }
    q->at[q->n].key = key;
    q->at[q->n].value = value ? value : "";
    q->n++;
    return MHD_YES;
}

static uint16_t
local_port(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr_in a;
    socklen_t          n = sizeof a;

    if (!info || getsockname(info->connect_fd, (struct sockaddr *)&a, &n) != 0)
        return 0;
    return ntohs(a.sin_port);
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, struct sim_answer *a)
{
    size_t               n;
    char                *body;
    struct MHD_Response *r;
    enum MHD_Result      queued;

    if (a->body.status) {
        text_clear(&a->body);
        text_puts(&a->body, "the answer is too large\n");
        a->code = 500;
    }
    body = text_take(&a->body, &n);
    r = MHD_create_response_from_buffer(n, body, MHD_RESPMEM_MUST_FREE);
    if (!r) {
        free(body);
        return MHD_NO;
    }
    queued = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->content_type);
    if (queued == MHD_YES)
        queued = MHD_queue_response(c, (unsigned)a->code, r);
    MHD_destroy_response(r);
    return queued;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
           const char *version, const char *body, size_t *body_bytes, void **request)
{
    struct sim_http    *h = cls;
    struct request     *r = *request;
    struct sim_question q = {.method = method, .path = url};
    struct sim_answer   a = {.code = 500, .content_type = "text/plain"};

    (void)version;
    (void)body;
    if (!r) {
        *request = heap_new(1, sizeof *r);
        return MHD_YES;
    }
    if (*body_bytes > 0) { /* everything is said in the query; read over it */
        *body_bytes = 0;
        return MHD_YES;
    }
    if (r->answered)
        return MHD_NO;
    r->answered = true;
    MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, take_parameter, &q);
    h->handler.answer(h->handler.ctx, local_port(c), &q, &a);
    r->mark = a.mark;
    if (a.hang_up) {
        text_release(&a.body);
        return MHD_NO;
    }
    return send_answer(c, &a);
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **request,
             enum MHD_RequestTerminationCode how)
{
    struct sim_http *h = cls;
    struct request  *r = *request;

    (void)c;
    if (r && r->mark)
        h->handler.sent(h->handler.ctx, r->mark, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    free(r);
    *request = NULL;
}

static enum status
start_daemon(struct sim_http *h, struct err *err)
{
    const union MHD_DaemonInfo *info;
    struct epoll_event          e = {.events = EPOLLIN};

    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, h,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_S, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_END);
    info = h->daemon ? MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info)
        return err_set(err, STATUS_IO, "libmicrohttpd does not start");
    h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    e.data.fd = info->epoll_fd;
    if (h->epoll_fd < 0 || epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &e) != 0)
        return err_set(err, STATUS_IO, "epoll: %s", strerror(errno));
    return STATUS_OK;
}

enum status
sim_http_new(struct sim_http_handler handler, struct sim_http **out, struct err *err)
{
    struct sim_http *h = heap_new(1, sizeof *h);
    enum status      st;

    h->handler = handler;
    h->epoll_fd = -1;
    st = start_daemon(h, err);
    if (st) {
        sim_http_free(h);
        return st;
    }
    *out = h;
    return STATUS_OK;
}

void
sim_http_free(struct sim_http *h)
{
    if (!h)
        return;
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    for (size_t i = 0; i < h->n; i++)
        close(h->listeners[i].fd);
    if (h->epoll_fd >= 0)
        close(h->epoll_fd);
    free(h->listeners);
    free(h);
}

static enum status
open_socket(struct sim_http *h, struct sockaddr_in *a, int *out, struct err *err)
{
    struct epoll_event e = {.events = EPOLLIN};
    socklen_t          n = sizeof *a;
    int                one = 1;
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    e.data.fd = fd;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(fd, (struct sockaddr *)a, n) == 0 && listen(fd, 64) == 0 &&
        getsockname(fd, (struct sockaddr *)a, &n) == 0 &&
        epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0) {
        *out = fd;
        return STATUS_OK;
    }
    (void)err_set(err, STATUS_IO, "cannot listen on port %u: %s", ntohs(a->sin_port),
                  strerror(errno));
    if (fd >= 0)
        close(fd);
    return STATUS_IO;
}

enum status
sim_http_listen(struct sim_http *h, const char *address, uint16_t port, uint16_t *out_port,
                struct err *err)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    enum status        st;
    int                fd;

    if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
        return err_set(err, STATUS_SYNTAX, "\"%s\" is not an IPv4 address", address);
    st = open_socket(h, &a, &fd, err);
    if (st)
        return st;
    if (h->n == h->cap) {
        h->cap = h->cap ? 2 * h->cap : 16;
        h->listeners = heap_grow(h->listeners, h->cap, sizeof *h->listeners);
    }
    *out_port = ntohs(a.sin_port);
    h->listeners[h->n++] = (struct listener){fd, *out_port};
    return STATUS_OK;
}

void
sim_http_close(struct sim_http *h, uint16_t port)
{
    for (size_t i = 0; i < h->n; i++) {
        if (h->listeners[i].port != port)
            continue;
        close(h->listeners[i].fd);
        h->listeners[i] = h->listeners[--h->n];
        return;
    }
}

void
sim_http_wait(struct sim_http *h, int timeout_ms)
{
    struct epoll_event     e;
    MHD_UNSIGNED_LONG_LONG own_ms;

    if (MHD_get_timeout(h->daemon, &own_ms) == MHD_YES && own_ms < (unsigned)timeout_ms)
        timeout_ms = (int)own_ms;
    if (epoll_wait(h->epoll_fd, &e, 1, timeout_ms) < 0 && errno != EINTR)
        log_event(LOG_LEVEL_ERROR, "epoll_failed", log_text("why", strerror(errno)));
}

static void
accept_some(struct sim_http *h, int listener)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        struct sockaddr_in from;
        socklen_t          n = sizeof from;
        int fd = accept4(listener, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        /* On failure it has closed the socket. */
        if (MHD_add_connection(h->daemon, fd, (struct sockaddr *)&from, n) != MHD_YES)
            log_event(LOG_LEVEL_WARN, "connection_refused", log_text("why", "too many"));
    }
}

void
sim_http_serve(struct sim_http *h)
{
    for (size_t i = 0; i < h->n; i++)
        accept_some(h, h->listeners[i].fd);
    if (MHD_run(h->daemon) != MHD_YES)
        log_event(LOG_LEVEL_ERROR, "http_failed", log_text("why", "MHD_run"));
}
