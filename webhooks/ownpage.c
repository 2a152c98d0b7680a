#include "webhooks/ownpage.h"

#include <arpa/inet.h>

enum { HOST_BYTES = 256 };

/* "http://host:port" or https; anything else, "null" too, is no page of ours. */
static struct slice
host_of_origin(struct slice origin)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t n = strlen(schemes[i]);

        if (slice_starts(origin, schemes[i]))
            return (struct slice){origin.p + n, origin.n - n};
    }
    return (struct slice){0};
}

bool
ownpage_is_origin(struct slice text)
{
    struct slice host = host_of_origin(text);
    bool         ok = host.n > 0 && host.n < HOST_BYTES;

    for (size_t i = 0; i < host.n && ok; i++)
        ok = host.p[i] > ' ' && host.p[i] < 0x7f && !memchr("/?#@\\\"<>|&", host.p[i], 10);
    return ok;
}

/* Without its port and the brackets of an IPv6 address. */
static struct slice
bare(struct slice host)
{
    struct slice rest = host;

    if (!slice_starts(host, "["))
        return slice_cut(&rest, ':');
    rest = (struct slice){host.p + 1, host.n - 1};
    return slice_cut(&rest, ']');
}

static bool
is_nobodys_name(struct slice host)
{
    struct slice    name = bare(host);
    char            text[HOST_BYTES];
    struct in_addr  v4;
    struct in6_addr v6;

    if (name.n >= sizeof text)
        return false;
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    return slice_is_nocase(name, "localhost") || inet_pton(AF_INET, text, &v4) == 1 ||
           inet_pton(AF_INET6, text, &v6) == 1;
}

bool
ownpage_sent(const struct request *req, bool tokens)
{
    struct slice from = host_of_origin(req->origin);
    char         host[HOST_BYTES];

    if (from.n == 0 || req->host.n == 0 || req->host.n >= sizeof host)
        return false;
    memcpy(host, req->host.p, req->host.n);
    host[req->host.n] = '\0';
    return slice_is_nocase(from, host) && (tokens || is_nobodys_name(req->host));
}

bool
ownpage_host(const struct request *req, const char *name)
{
    return req->host.n == 0 || is_nobodys_name(req->host) ||
           (name && slice_is_nocase(bare(req->host), name));
}
