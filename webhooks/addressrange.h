/* addressrange.h - addresses of clients: one, or a network in CIDR notation (RFC 4632, RFC 4291). */
#ifndef WEBHOOKS_ADDRESSRANGE_H
#define WEBHOOKS_ADDRESSRANGE_H

#include "base/err.h"
#include "base/slice.h"

#include <sys/socket.h>

struct addressrange {
    unsigned char bytes[16]; /* of IPv4 as IPv6 has it, ::ffff:a.b.c.d */
    unsigned      bits;      /* of these that count */
};

/* "10.0.0.0/8", "10.1.2.3", "fd00::/8".  STATUS_SYNTAX: no such text, or bits behind the
 * network's that are not 0. */
enum status addressrange_parse(struct slice text, struct addressrange *out,
                               struct err *err) MUST_CHECK;

bool addressrange_holds(const struct addressrange *r, const struct sockaddr *address);

#endif
