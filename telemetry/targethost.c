#include "telemetry/targethost.h"

#include <arpa/inet.h>

enum { TEXT_BYTES = 256 };

struct address {
    int           family; /* AF_INET or AF_INET6 */
    unsigned      bits;   /* that count, from the first on */
    unsigned char bytes[sizeof(struct in6_addr)];
};

static bool
read_address(struct slice s, struct address *a)
{
    char text[TEXT_BYTES];

    if (!s.n || s.n >= sizeof text || memchr(s.p, '\0', s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *a = (struct address){.family = AF_INET, .bits = 32};
    if (inet_pton(AF_INET, text, a->bytes) == 1)
        return true;
    *a = (struct address){.family = AF_INET6, .bits = 128};
    return inet_pton(AF_INET6, text, a->bytes) == 1;
}

/* An address, or one with a prefix. */
static bool
read_network(struct slice s, struct address *a)
{
    const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    uint64_t    bits;

    if (!slash)
        return read_address(s, a);
    size_t       before = (size_t)(slash - s.p);
    struct slice prefix = {slash + 1, s.n - before - 1};
    if (!read_address((struct slice){s.p, before}, a) || prefix.n > 3 || slice_u64(prefix, &bits) ||
        bits > a->bits)
        return false;
    a->bits = (unsigned)bits;
    return true;
}

static bool
lies_in(const struct address *a, const struct address *network)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;

    if (a->family != network->family || memcmp(a->bytes, network->bytes, whole) != 0)
        return false;
    return !rest || (a->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

static bool
is_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], lower = (char)(c | 0x20);
        bool inside = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';

        if (!inside && !((c == '-' || c == '.') && i && s.p[i - 1] != '.'))
            return false;
    }
    return s.n > 0 && s.n < TEXT_BYTES && s.p[s.n - 1] != '.';
}

/* What follows the star, with its dot; nothing: there is none. */
static struct slice
below(struct slice pattern)
{
    return slice_starts(pattern, "*.") ? (struct slice){pattern.p + 1, pattern.n - 1}
                                       : (struct slice){0};
}

enum status
targethost_check(struct slice pattern, struct err *err)
{
    struct address a;
    struct slice   domain = below(pattern);

    if (domain.n)
        domain = (struct slice){domain.p + 1, domain.n - 1};
    if (read_network(pattern, &a) || is_name(domain.p ? domain : pattern))
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX,
                   "%.*s is no host: write a name, *.domain, an address, or a network such as "
                   "10.0.0.0/8",
                   pattern.n > 100 ? 100 : (int)pattern.n, pattern.p);
}

/* Host and port of a URL, without brackets and the last dot; false: none that is plain. */
static bool
host_of(const char *url, struct slice *host)
{
    const char *at = strstr(url, "://");
    size_t      n;

    if (!at)
        return false;
    at += 3;
    n = strcspn(at, "/?#");
    if (n && *at == '[') {
        const char *end = memchr(at, ']', n);

        if (!end || (end + 1 != at + n && end[1] != ':'))
            return false;
        *host = (struct slice){at + 1, (size_t)(end - at) - 1};
        struct address a;
        return !memchr(at, '@', n) && read_address(*host, &a) && a.family == AF_INET6;
    }
    if (memchr(at, '@', n))
        return false;
    *host = (struct slice){at, strcspn(at, ":/?#")};
    if (host->n > 1 && host->p[host->n - 1] == '.')
        host->n--;
    return is_name(*host);
}

static bool
names_match(struct slice host, struct slice pattern)
{
    struct slice domain = below(pattern);
    char         text[TEXT_BYTES];

    if (pattern.n >= sizeof text)
        return false;
    if (domain.n) {
        if (host.n <= domain.n)
            return false;
        host = (struct slice){host.p + host.n - domain.n, domain.n};
        pattern = domain;
    }
    memcpy(text, pattern.p, pattern.n);
    text[pattern.n] = '\0';
    return slice_is_nocase(host, text);
}

bool
targethost_allowed(const char *url, const char *const *patterns, size_t n)
{
    struct address address, network;
    struct slice   host;

    if (!host_of(url, &host))
        return false;
    bool is_address = read_address(host, &address);
    for (size_t i = 0; i < n; i++) {
        struct slice pattern = slice_of(patterns[i]);

        if (read_network(pattern, &network) ? is_address && lies_in(&address, &network)
                                            : !is_address && names_match(host, pattern))
            return true;
    }
    return false;
}
