/* clients.h - what each address has open and how often it asks.
 *
 * An IPv6 client is its /64 network: a machine chooses the rest itself.  An address
 * is known while it has a connection and until its rate has recovered; how many
 * are known is bounded. */
#ifndef WEBHOOKS_CLIENTS_H
#define WEBHOOKS_CLIENTS_H

#include "base/hash.h"

#include <pthread.h>
#include <sys/socket.h>

struct clients_limits {
    unsigned connections; /* of one address; 0: no limit */
    unsigned per_second;  /* requests, over a longer time; 0: no limit */
    unsigned burst;       /* requests at once; at least 1 */
};

struct client;

struct clients {
    struct clients_limits limits;
    pthread_mutex_t       lock; /* of known */
    struct hash_map       known;
    size_t                n_idle; /* without a connection */
};

void clients_init(struct clients *c, const struct clients_limits *limits);
void clients_release(struct clients *c); /* no connection is open any more */

/* Any thread.  Whether the address has as many connections as it may. */
bool clients_full(struct clients *c, const struct sockaddr *address);

/* A connection from and of the address; the client is good until clients_leave(). */
struct client *clients_enter(struct clients *c, const struct sockaddr *address);
void           clients_leave(struct clients *c, struct client *one, int64_t now_us);

/* Whether one more request is within the rate, and count it if so.  Any thread, no
 * lock: the generic cell rate algorithm (ITU-T I.371) in one word. */
bool clients_take(const struct clients_limits *l, struct client *one, int64_t now_us);

/* Forget addresses whose rate has recovered; call it about once a second. */
void clients_sweep(struct clients *c, int64_t now_us);

#endif
