/* listen.h - the listening socket, with errors that say what to do. */
#ifndef WEBHOOKS_LISTEN_H
#define WEBHOOKS_LISTEN_H

#include "base/err.h"

struct listen_socket {
    int      fd;
    uint16_t port;     /* the kernel's choice where 0 was asked for */
    bool     loopback; /* only this machine can reach it */
};

/* "127.0.0.1:8080", "[::1]:0", "localhost:8080", ":8080" (every address).
 * STATUS_SYNTAX: not such a text.  STATUS_IO: no such address, or taken. */
enum status listen_open(const char *address, struct listen_socket *out, struct err *err) MUST_CHECK;

/* One more socket on the address of first, for another thread: the kernel spreads
 * connections over them.  No other process gets in between: listen_open() takes
 * no address that is in use. */
enum status listen_another(const struct listen_socket *first, struct listen_socket *out,
                           struct err *err) MUST_CHECK;

#endif
