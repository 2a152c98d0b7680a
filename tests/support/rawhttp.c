#include "tests/support/rawhttp.h"

#include "base/heap.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 256, REQUEST_BYTES = 1 << 20 };

struct connection {
    struct rawhttp *owner;
    int             fd;
    pthread_t       thread;
    bool            over; /* under the owner's lock: the thread ends, its place is free */
};

struct rawhttp {
    const struct rawhttp_route *routes;
    size_t                      n_routes;
    int                         fd, stop_fd, port;
    pthread_t                   thread;
    struct connection           at[MAX_CONNECTIONS];
    int                         n;    /* places, the accepting thread's until it is joined */
    pthread_mutex_t             lock; /* of what follows */
    int                         connections, requests;
    size_t                      sent;
    char                        last[REQUEST_BYTES];
};

static const struct rawhttp_route not_found = {
    .head = "HTTP/1.1 404 Not Found\r\nContent-Length: 19\r\n\r\n404 page not found\n"};

/* false: the server stops, or time is over. */
static bool
wait_for(struct rawhttp *h, int fd, short events, int timeout_ms)
{
    struct pollfd p[] = {{.fd = h->stop_fd, .events = POLLIN}, {.fd = fd, .events = events}};

    return poll(p, fd < 0 ? 1 : 2, timeout_ms) > 0 && !p[0].revents && fd >= 0;
}

static bool
send_all(struct connection *c, const char *p, size_t n)
{
    while (n) {
        ssize_t sent;

        if (!wait_for(c->owner, c->fd, POLLOUT, -1))
            return false;
        sent = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool
stopped_within(struct rawhttp *h, int ms)
{
    struct pollfd p = {.fd = h->stop_fd, .events = POLLIN};

    return poll(&p, 1, ms) > 0;
}

static bool
send_body(struct connection *c, const struct rawhttp_route *r)
{
    for (size_t i = 0; r->body && i < (r->repeat ? r->repeat : 1); i++) {
        if (r->trickle_ms) {
            for (size_t k = 0; k < r->body_bytes; k++)
                if (stopped_within(c->owner, r->trickle_ms) ||
                    !send_all(c, (const char *)r->body + k, 1))
                    return false;
        } else if (!send_all(c, r->body, r->body_bytes)) {
            return false;
        }
        pthread_mutex_lock(&c->owner->lock);
        c->owner->sent += r->body_bytes;
        pthread_mutex_unlock(&c->owner->lock);
    }
    return true;
}

/* Read one request into buf; its length, or 0 when the peer is gone. */
static size_t
read_request(struct connection *c, char *buf)
{
    size_t n = 0, want = 0;

    while (!want || n < want) {
        ssize_t got;
        char   *end, *length;

        if (n == REQUEST_BYTES - 1 || !wait_for(c->owner, c->fd, POLLIN, -1))
            return 0;
        got = recv(c->fd, buf + n, REQUEST_BYTES - 1 - n, MSG_DONTWAIT);
        if (got <= 0)
            return 0;
        n += (size_t)got;
        buf[n] = '\0';
        end = strstr(buf, "\r\n\r\n");
        if (!end)
            continue;
        length = strcasestr(buf, "\r\nContent-Length:");
        want =
            (size_t)(end - buf) + 4 + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
    }
    return n;
}

static const struct rawhttp_route *
route_of(const struct rawhttp *h, const char *request)
{
    const char *target = strchr(request, ' ');

    for (size_t i = 0; target && i < h->n_routes; i++)
        if (!strncmp(target + 1, h->routes[i].path, strlen(h->routes[i].path)))
            return &h->routes[i];
    return &not_found;
}

static void *
serve(void *ctx)
{
    struct connection *c = ctx;
    struct rawhttp    *h = c->owner;
    char              *buf = heap_new(REQUEST_BYTES, 1);
    size_t             n;

    while ((n = read_request(c, buf))) {
        const struct rawhttp_route *r = route_of(h, buf);

        pthread_mutex_lock(&h->lock);
        h->requests++;
        memcpy(h->last, buf, n + 1);
        pthread_mutex_unlock(&h->lock);
        if (r->head && !send_all(c, r->head, strlen(r->head)))
            break;
        if (!send_body(c, r))
            break;
        if (r->hang)
            (void)wait_for(h, c->fd, POLLRDHUP, -1);
        if (r->hang || r->close)
            break;
    }
    free(buf);
    shutdown(c->fd, SHUT_WR);
    close(c->fd);
    pthread_mutex_lock(&h->lock);
    c->over = true;
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

/* One that was used before, or a new one; NULL: all serve. */
static struct connection *
place(struct rawhttp *h)
{
    for (int i = 0; i < h->n; i++) {
        bool over;

        pthread_mutex_lock(&h->lock);
        over = h->at[i].over;
        pthread_mutex_unlock(&h->lock);
        if (over) {
            pthread_join(h->at[i].thread, NULL);
            return &h->at[i];
        }
    }
    return h->n < MAX_CONNECTIONS ? &h->at[h->n++] : NULL;
}

static void *
accept_all(void *ctx)
{
    struct rawhttp *h = ctx;

    while (wait_for(h, h->fd, POLLIN, -1)) {
        int                fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC);
        struct connection *c;

        if (fd < 0)
            continue;
        c = place(h);
        if (!c) {
            close(fd);
            continue;
        }
        pthread_mutex_lock(&h->lock);
        h->connections++;
        pthread_mutex_unlock(&h->lock);
        *c = (struct connection){.owner = h, .fd = fd};
        if (pthread_create(&c->thread, NULL, serve, c))
            abort();
    }
    return NULL;
}

struct rawhttp *
rawhttp_start(const struct rawhttp_route *routes, size_t n)
{
    struct rawhttp    *h = heap_new(1, sizeof *h);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t          size = sizeof at;

    h->routes = routes;
    h->n_routes = n;
    h->stop_fd = eventfd(0, EFD_CLOEXEC);
    h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (h->stop_fd < 0 || h->fd < 0 || bind(h->fd, (struct sockaddr *)&at, sizeof at) ||
        listen(h->fd, 128) || getsockname(h->fd, (struct sockaddr *)&at, &size))
        abort();
    h->port = ntohs(at.sin_port);
    pthread_mutex_init(&h->lock, NULL);
    if (pthread_create(&h->thread, NULL, accept_all, h))
        abort();
    return h;
}

void
rawhttp_stop(struct rawhttp *h)
{
    eventfd_write(h->stop_fd, 1);
    pthread_join(h->thread, NULL);
    for (int i = 0; i < h->n; i++)
        pthread_join(h->at[i].thread, NULL);
    close(h->fd);
    close(h->stop_fd);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

int
rawhttp_port(const struct rawhttp *h)
{
    return h->port;
}

int
rawhttp_connections(struct rawhttp *h)
{
    int n;

    pthread_mutex_lock(&h->lock);
    n = h->connections;
    pthread_mutex_unlock(&h->lock);
    return n;
}

int
rawhttp_requests(struct rawhttp *h)
{
    int n;

    pthread_mutex_lock(&h->lock);
    n = h->requests;
    pthread_mutex_unlock(&h->lock);
    return n;
}

size_t
rawhttp_sent(struct rawhttp *h)
{
    size_t n;

    pthread_mutex_lock(&h->lock);
    n = h->sent;
    pthread_mutex_unlock(&h->lock);
    return n;
}

char *
rawhttp_last(struct rawhttp *h)
{
    char *copy;

    pthread_mutex_lock(&h->lock);
    copy = heap_new(strlen(h->last) + 1, 1);
    memcpy(copy, h->last, strlen(h->last) + 1);
    pthread_mutex_unlock(&h->lock);
    return copy;
}
