#include "base/pack.h"

static void
put_le(struct text *t, uint64_t v, size_t n)
{
    char b[8];

    for (size_t i = 0; i < n; i++)
        b[i] = (char)(v >> (8 * i) & 0xff);
    text_put(t, (struct slice){b, n});
}

void
pack_u8(struct text *t, uint8_t v)
{
    put_le(t, v, 1);
}

void
pack_u32(struct text *t, uint32_t v)
{
    put_le(t, v, 4);
}

void
pack_u64(struct text *t, uint64_t v)
{
    put_le(t, v, 8);
}

void
pack_i64(struct text *t, int64_t v)
{
    put_le(t, (uint64_t)v, 8);
}

void
pack_double(struct text *t, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    put_le(t, bits, 8);
}

void
pack_varint(struct text *t, uint64_t v)
{
    char   b[10];
    size_t n = 0;

    do
        b[n++] = (char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
    while (v >>= 7);
    text_put(t, (struct slice){b, n});
}

void
pack_slice(struct text *t, struct slice s)
{
    pack_varint(t, s.n);
    text_put(t, s);
}

static struct slice
take(struct unpack *u, uint64_t n)
{
    struct slice s;

    if (u->bad || n > u->rest.n) {
        *u = (struct unpack){.bad = true};
        return (struct slice){0};
    }
    s = (struct slice){u->rest.p, (size_t)n};
    u->rest.p += n;
    u->rest.n -= (size_t)n;
    return s;
}

static uint64_t
get_le(struct unpack *u, size_t n)
{
    struct slice s = take(u, n);
    uint64_t     v = 0;

    for (size_t i = 0; i < s.n; i++)
        v |= (uint64_t)(unsigned char)s.p[i] << (8 * i);
    return v;
}

uint8_t
pack_get_u8(struct unpack *u)
{
    return (uint8_t)get_le(u, 1);
}

uint32_t
pack_get_u32(struct unpack *u)
{
    return (uint32_t)get_le(u, 4);
}

uint64_t
pack_get_u64(struct unpack *u)
{
    return get_le(u, 8);
}

int64_t
pack_get_i64(struct unpack *u)
{
    return (int64_t)get_le(u, 8);
}

int64_t
pack_get_ms(struct unpack *u)
{
    int64_t v = pack_get_i64(u);

    if (v >= -1 && v <= PACK_LAST_MS)
        return v;
    u->bad = true;
    return 0;
}

double
pack_get_double(struct unpack *u)
{
    uint64_t bits = get_le(u, 8);
    double   v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

uint64_t
pack_get_varint(struct unpack *u)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = pack_get_u8(u);

        if (shift == 63 && b > 1)
            break;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return u->bad ? 0 : v;
    }
    *u = (struct unpack){.bad = true};
    return 0;
}

struct slice
pack_get_slice(struct unpack *u)
{
    return take(u, pack_get_varint(u));
}

void
pack_get_text(struct unpack *u, char *out, size_t out_bytes)
{
    struct slice s = pack_get_slice(u);

    if (s.n >= out_bytes || (s.n && memchr(s.p, '\0', s.n))) {
        *u = (struct unpack){.bad = true};
        s.n = 0;
    }
    if (s.n)
        memcpy(out, s.p, s.n);
    if (out_bytes)
        out[s.n] = '\0';
}
