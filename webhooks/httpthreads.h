/* httpthreads.h - the library's servers: one for each thread, each with a listening
 * socket of its own.
 *
 * A pool of the library's has one listening socket for all: whichever thread wakes
 * first takes every connection that waits, and a burst of clients, whose connections
 * stay open, all land on one.  The kernel spreads them over several sockets. */
#ifndef WEBHOOKS_HTTPTHREADS_H
#define WEBHOOKS_HTTPTHREADS_H

#include "webhooks/listen.h"

#include <microhttpd.h>

enum { HTTPTHREADS_MAX = 64 };

struct httpthreads {
    struct MHD_Daemon *daemon[HTTPTHREADS_MAX];
    int                listener[HTTPTHREADS_MAX]; /* -1: handed back */
    size_t             n;
};

/* Called with ctx, on the thread of the connection. */
struct httpthreads_calls {
    void                     *ctx;
    MHD_AcceptPolicyCallback  accept;
    MHD_AccessHandlerCallback request;
    void *(*target)(void *ctx, const char *target, struct MHD_Connection *connection);
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
};

struct httpthreads_config {
    const char *listen;
    unsigned    threads;
    unsigned    max_connections; /* of all threads; one takes up to half more than its share */
    size_t      connection_memory_bytes;
    bool        tls; /* with the certificates of servertls.h */
};

/* Answering when this returns; first is taken over, also where it fails. */
enum status httpthreads_start(struct httpthreads *t, const struct httpthreads_config *c,
                              const struct httpthreads_calls *calls,
                              const struct listen_socket *first, struct err *err) MUST_CHECK;

/* Nobody new gets in; connections that are open go on. */
void httpthreads_quiesce(struct httpthreads *t);

/* After httpthreads_quiesce(), with nothing suspended. */
void httpthreads_stop(struct httpthreads *t);

#endif
