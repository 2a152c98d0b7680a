#include "webhooks/addressrange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { MAPPED_BITS = 96 };

static void
map_v4(const void *v4, unsigned char out[16])
{
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    memcpy(out + 12, v4, 4);
}

static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(a, b, whole) == 0 && (!rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool
is_network(const struct addressrange *r)
{
    for (unsigned bit = r->bits; bit < 128; bit++)
        if (r->bytes[bit / 8] >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static bool
read_address(struct slice s, struct addressrange *out, unsigned *most)
{
    char          text[INET6_ADDRSTRLEN];
    unsigned char v4[4];

    if (s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *most = 128;
    if (inet_pton(AF_INET6, text, out->bytes) == 1)
        return true;
    *most = 32;
    if (inet_pton(AF_INET, text, v4) != 1)
        return false;
    map_v4(v4, out->bytes);
    return true;
}

enum status
addressrange_parse(struct slice text, struct addressrange *out, struct err *err)
{
    struct slice bits = text, address = slice_cut(&bits, '/');
    unsigned     most = 0;
    uint64_t     n = 0;
    bool         ok = read_address(address, out, &most);

    if (ok && !bits.p)
        n = most;
    else
        ok = ok && slice_u64(bits, &n) == STATUS_OK && n <= most;
    out->bits = (unsigned)n + (most == 32 ? MAPPED_BITS : 0);
    if (ok && is_network(out))
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX,
                   "\"%.*s\" is no address or network: write it like 10.1.2.3 or 10.0.0.0/8",
                   (int)(text.n < 60 ? text.n : 60), text.p);
}

bool
addressrange_holds(const struct addressrange *r, const struct sockaddr *address)
{
    unsigned char bytes[16];

    if (address->sa_family == AF_INET)
        map_v4(&((const struct sockaddr_in *)(const void *)address)->sin_addr, bytes);
    else if (address->sa_family == AF_INET6)
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    else
        return false;
    return same_bits(r->bytes, bytes, r->bits);
}
