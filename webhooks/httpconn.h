/* httpconn.h - the open connections and what each may take its time with.
 *
 *   RECEIVING --httpconn_answering--> ANSWERING --httpconn_sending--> SENDING
 *       ^                                                                |
 *       +--httpconn_receiving (or the sweep sees bytes)-- IDLE <--httpconn_idle
 *
 * The HTTP library only knows times between two bytes: a client that sends one
 * byte a second would hold a connection for ever.  Here the whole request has a
 * time, and so has taking the answer.  httpconn_sweep() shuts down what is
 * over; the library then sees the end of the connection. */
#ifndef WEBHOOKS_HTTPCONN_H
#define WEBHOOKS_HTTPCONN_H

#include "base/base.h"

#include <pthread.h>
#include <stdatomic.h>

struct httpconn_limits {
    int64_t receive_ms, send_ms, idle_ms;
};

struct httpconn_table {
    pthread_mutex_t        lock; /* of the list */
    struct httpconn       *head;
    struct httpconn_limits limits;
};

struct httpconn;
struct client;
struct servertls_peer;

void httpconn_init(struct httpconn_table *t, const struct httpconn_limits *limits);
void httpconn_release(struct httpconn_table *t); /* no connection is open any more */

/* fd stays open until httpconn_closed() returned.  client is the address's, borrowed. */
struct httpconn *httpconn_opened(struct httpconn_table *t, int fd, struct client *client,
                                 int64_t now_ms);
void             httpconn_closed(struct httpconn_table *t, struct httpconn *c);

int            httpconn_fd(const struct httpconn *c);
struct client *httpconn_client(const struct httpconn *c);

/* The names of the client's certificate, kept with the connection; owned by it.  NULL:
 * none was kept.  On the connection's own thread. */
struct servertls_peer *httpconn_peer(const struct httpconn *c);
void                   httpconn_keep_peer(struct httpconn *c, struct servertls_peer *peer);

/* On the connection's own thread; no lock is taken. */
void httpconn_receiving(struct httpconn *c, int64_t now_ms); /* goes on where it already does */
void httpconn_receiving_until(struct httpconn *c, int64_t now_ms,
                              int64_t more_ms); /* than others */
void httpconn_answering(struct httpconn *c, int64_t now_ms);
void httpconn_sending(struct httpconn *c, int64_t now_ms);
void httpconn_idle(struct httpconn *c, int64_t now_ms);

/* Any thread.  idle_too: shut down whatever is idle, since the server stops. */
void httpconn_sweep(struct httpconn_table *t, int64_t now_ms, bool idle_too);

#endif
