#include "webhooks/httpconn.h"

#include "base/heap.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

enum state { RECEIVING, ANSWERING, SENDING, IDLE };

struct httpconn {
    struct httpconn       *prev, *next;
    int                    fd;
    struct client         *client;
    struct servertls_peer *peer;
    /* since_ms * 4 + state in one word, so that the sweep sees both of the same
     * instant without a lock on the way of every request. */
    _Atomic int64_t since_and_state;
    int64_t         sampled; /* the word for which idle_bytes was read; sweep only */
    uint64_t        idle_bytes;
};

static int64_t
word(enum state s, int64_t now_ms)
{
    return now_ms * 4 + (int64_t)s;
}

static void
set(struct httpconn *c, enum state s, int64_t now_ms)
{
    atomic_store_explicit(&c->since_and_state, word(s, now_ms), memory_order_relaxed);
}

void
httpconn_init(struct httpconn_table *t, const struct httpconn_limits *limits)
{
    *t = (struct httpconn_table){.limits = *limits};
    pthread_mutex_init(&t->lock, NULL);
}

void
httpconn_release(struct httpconn_table *t)
{
    pthread_mutex_destroy(&t->lock);
}

struct httpconn *
httpconn_opened(struct httpconn_table *t, int fd, struct client *client, int64_t now_ms)
{
    struct httpconn *c = heap_new(1, sizeof *c);

    c->fd = fd;
    c->client = client;
    set(c, RECEIVING, now_ms);
    pthread_mutex_lock(&t->lock);
    c->next = t->head;
    if (c->next)
        c->next->prev = c;
    t->head = c;
    pthread_mutex_unlock(&t->lock);
    return c;
}

void
httpconn_closed(struct httpconn_table *t, struct httpconn *c)
{
    pthread_mutex_lock(&t->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        t->head = c->next;
    if (c->next)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&t->lock);
    free(c->peer);
    free(c);
}

int
httpconn_fd(const struct httpconn *c)
{
    return c->fd;
}

struct client *
httpconn_client(const struct httpconn *c)
{
    return c->client;
}

struct servertls_peer *
httpconn_peer(const struct httpconn *c)
{
    return c->peer;
}

void
httpconn_keep_peer(struct httpconn *c, struct servertls_peer *peer)
{
    free(c->peer);
    c->peer = peer;
}

void
httpconn_receiving(struct httpconn *c, int64_t now_ms)
{
    int64_t old = atomic_load_explicit(&c->since_and_state, memory_order_relaxed);

    if ((old & 3) != RECEIVING)
        set(c, RECEIVING, now_ms);
}

void
httpconn_receiving_until(struct httpconn *c, int64_t now_ms, int64_t more_ms)
{
    set(c, RECEIVING, now_ms + more_ms);
}

void
httpconn_answering(struct httpconn *c, int64_t now_ms)
{
    set(c, ANSWERING, now_ms);
}

void
httpconn_sending(struct httpconn *c, int64_t now_ms)
{
    set(c, SENDING, now_ms);
}

void
httpconn_idle(struct httpconn *c, int64_t now_ms)
{
    set(c, IDLE, now_ms);
}

static uint64_t
bytes_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t       n = sizeof info;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n))
        return 0;
    return info.tcpi_bytes_received;
}

/* The library tells nothing of a request before its first line is whole: the
 * kernel's count of bytes does. */
static void
notice_first_bytes(struct httpconn *c, int64_t seen, int64_t now_ms)
{
    uint64_t bytes = bytes_received(c->fd);

    if (c->sampled != seen) {
        c->sampled = seen;
        c->idle_bytes = bytes;
    } else if (bytes != c->idle_bytes) {
        /* Unless it moved on meanwhile. */
        atomic_compare_exchange_strong(&c->since_and_state, &seen, word(RECEIVING, now_ms));
    }
}

static int64_t
allowed_ms(const struct httpconn_limits *l, enum state s)
{
    switch (s) {
    case RECEIVING:
        return l->receive_ms;
    case ANSWERING:
        return INT64_MAX; /* whoever answers has a deadline of its own */
    case SENDING:
        return l->send_ms;
    case IDLE:
        return l->idle_ms;
    }
    return INT64_MAX;
}

void
httpconn_sweep(struct httpconn_table *t, int64_t now_ms, bool idle_too)
{
    pthread_mutex_lock(&t->lock);
    for (struct httpconn *c = t->head; c; c = c->next) {
        int64_t    seen = atomic_load_explicit(&c->since_and_state, memory_order_relaxed);
        enum state s = (enum state)(seen & 3);
        int64_t    age_ms = now_ms - (seen >> 2);

        if (age_ms > allowed_ms(&t->limits, s) || (s == IDLE && idle_too))
            shutdown(c->fd, SHUT_RDWR);
        else if (s == IDLE)
            notice_first_bytes(c, seen, now_ms);
    }
    pthread_mutex_unlock(&t->lock);
}
