#include "webhooks/clients.h"

#include "base/heap.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    KEY_BYTES = 17, /* family, then the address */
    NETWORK_BYTES = 8,
    MOST_IDLE = 4096,
    FORGET_AT_ONCE = 64,
    SECOND_US = 1000000,
};

struct client {
    char            key[KEY_BYTES];
    unsigned        open;    /* connections; the lock */
    _Atomic int64_t full_us; /* when the rate will have recovered wholly */
};

void
clients_init(struct clients *c, const struct clients_limits *limits)
{
    *c = (struct clients){.limits = *limits};
    pthread_mutex_init(&c->lock, NULL);
}

void
clients_release(struct clients *c)
{
    size_t       at = 0;
    struct slice key;
    void        *v;

    while (hash_next(&c->known, &at, &key, &v))
        free(v);
    hash_release(&c->known);
    pthread_mutex_destroy(&c->lock);
}

/* An IPv4 address that came over an IPv6 socket is the IPv4 address. */
static struct slice
key_of(const struct sockaddr *a, char out[KEY_BYTES])
{
    memset(out, 0, KEY_BYTES);
    if (a->sa_family == AF_INET) {
        out[0] = 4;
        memcpy(out + 1, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
    } else if (a->sa_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;

        out[0] = IN6_IS_ADDR_V4MAPPED(six) ? 4 : 6;
        if (out[0] == 4)
            memcpy(out + 1, six->s6_addr + 12, 4);
        else
            memcpy(out + 1, six->s6_addr, NETWORK_BYTES);
    }
    return (struct slice){out, KEY_BYTES};
}

bool
clients_full(struct clients *c, const struct sockaddr *address)
{
    char           buf[KEY_BYTES];
    struct slice   key = key_of(address, buf);
    struct client *one;
    bool           full;

    if (c->limits.connections == 0)
        return false;
    pthread_mutex_lock(&c->lock);
    one = hash_get(&c->known, key);
    full = one && one->open >= c->limits.connections;
    pthread_mutex_unlock(&c->lock);
    return full;
}

struct client *
clients_enter(struct clients *c, const struct sockaddr *address)
{
    char           buf[KEY_BYTES];
    struct slice   key = key_of(address, buf);
    struct client *one;

    pthread_mutex_lock(&c->lock);
    one = hash_get(&c->known, key);
    if (!one) {
        one = heap_new(1, sizeof *one);
        memcpy(one->key, buf, sizeof one->key);
        hash_set(&c->known, key, one);
    } else if (one->open == 0) {
        c->n_idle--;
    }
    one->open++;
    pthread_mutex_unlock(&c->lock);
    return one;
}

static bool
has_recovered(const struct client *one, int64_t now_us)
{
    return atomic_load_explicit(&one->full_us, memory_order_relaxed) <= now_us;
}

static void
forget(struct clients *c, struct client *one)
{
    (void)hash_remove(&c->known, (struct slice){one->key, KEY_BYTES});
    free(one);
}

void
clients_leave(struct clients *c, struct client *one, int64_t now_us)
{
    pthread_mutex_lock(&c->lock);
    one->open--;
    if (one->open == 0 && (has_recovered(one, now_us) || c->n_idle >= MOST_IDLE))
        forget(c, one);
    else if (one->open == 0)
        c->n_idle++;
    pthread_mutex_unlock(&c->lock);
}

bool
clients_take(const struct clients_limits *l, struct client *one, int64_t now_us)
{
    int64_t each_us, ahead_us, full_us, next_us;

    if (l->per_second == 0)
        return true;
    each_us = SECOND_US / l->per_second;
    ahead_us = each_us * (l->burst ? l->burst : 1);
    full_us = atomic_load_explicit(&one->full_us, memory_order_relaxed);
    do {
        next_us = (full_us > now_us ? full_us : now_us) + each_us;
        if (next_us - now_us > ahead_us)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&one->full_us, &full_us, next_us,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void
clients_sweep(struct clients *c, int64_t now_us)
{
    struct client *gone[FORGET_AT_ONCE];
    size_t         at = 0, n = 0;
    struct slice   key;
    void          *v;

    pthread_mutex_lock(&c->lock);
    while (c->n_idle && n < FORGET_AT_ONCE && hash_next(&c->known, &at, &key, &v)) {
        struct client *one = v;

        if (one->open == 0 && has_recovered(one, now_us))
            gone[n++] = one;
    }
    c->n_idle -= n;
    for (size_t i = 0; i < n; i++)
        forget(c, gone[i]);
    pthread_mutex_unlock(&c->lock);
}
