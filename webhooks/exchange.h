/* exchange.h - one request that is coming in, and the answer that is owed.
 *
 *   NEW --exchange_suspend--> SUSPENDED --exchange_done, exchange_expire--> ANSWERED
 *    |                                                                        ^
 *    +--exchange_done, exchange_expire (before the suspension)----------------+
 *
 * Whoever comes first answers; the other is told that it is too late. */
#ifndef WEBHOOKS_EXCHANGE_H
#define WEBHOOKS_EXCHANGE_H

#include "webhooks/bodyin.h"
#include "webhooks/gates.h"

#include <pthread.h>

enum exchange_state { EXCHANGE_NEW, EXCHANGE_SUSPENDED, EXCHANGE_ANSWERED };

/* Shared by the connection's thread and whoever answers: reference counted.
 * Without a comment: of the connection's thread alone. */
struct exchange {
    struct request      req;
    struct err          target_err; /* of the request line */
    const struct route *route;      /* NULL: none */
    int64_t             whole_us;   /* when the request was whole, monotonic; 0: not yet */
    bool                started, listed;
    struct bodyin       body;

    pthread_mutex_t     lock; /* of state, answer */
    enum exchange_state state;
    struct answer       answer;
    struct answer       late; /* what is told when it takes too long */
    atomic_int          refs;
    atomic_bool         gone; /* whoever works at the answer may stop */
    void (*resume)(void *connection);
    void *connection;
    int   fd; /* of the connection; -1: not known */

    struct exchange *prev, *next; /* of the list of those that wait; its lock */
    int64_t          deadline_ms; /* likewise; monotonic */
};

/* Takes the request target in; resume is called at most once, with the lock
 * held, to wake the suspended connection. */
struct exchange *exchange_new(struct slice target, void (*resume)(void *connection),
                              void        *connection);
void             exchange_unref(struct exchange *e);
void             exchange_ref(struct exchange *e);

/* A gates_done_fn; drops one reference. */
bool exchange_done(void *e, struct answer *answer);

/* Tell late if nothing was told yet; nobody needs to work at it any more. */
void exchange_expire(struct exchange *e);

/* True: suspend() was called and the connection waits.  False: answered. */
bool exchange_suspend(struct exchange *e, void (*suspend)(void *connection));

#endif
