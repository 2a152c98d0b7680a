/* bits.h - runs of bits in bytes, least significant first; varints among them.
 *
 * Reading loads words: BITS_SLACK bytes behind the last one must be there, and
 * their values do not matter. */
#ifndef TELEMETRY_BITS_H
#define TELEMETRY_BITS_H

#include "base/base.h"

#include <string.h>

enum { BITS_SLACK = 8, BITS_MAX_VARINT = 10 };

static inline uint64_t
bits_load(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t
bits_mask(unsigned width)
{
    return width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

/* width 0 to 64 */
static inline uint64_t
bits_get(const uint8_t *p, size_t at, unsigned width)
{
    unsigned shift = at & 7;
    uint64_t word = bits_load(p + at / 8) >> shift;

    if (shift + width > 64)
        word |= (uint64_t)p[at / 8 + 8] << (64 - shift);
    return word & bits_mask(width);
}

/* The bytes from *at on must be zero still. */
static inline void
bits_put(uint8_t *p, size_t *at, uint64_t value, unsigned width)
{
    for (unsigned done = 0; done < width;) {
        unsigned shift = *at & 7, take = 8 - shift;

        if (take > width - done)
            take = width - done;
        p[*at / 8] |= (uint8_t)((value >> done & bits_mask(take)) << shift);
        *at += take;
        done += take;
    }
}

static inline unsigned
bits_width(uint64_t value)
{
    return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

static inline uint64_t
bits_zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline uint64_t
bits_unzigzag(uint64_t v)
{
    return v >> 1 ^ -(v & 1);
}

static inline unsigned
bits_bytes(uint64_t v)
{
    return (bits_width(v) + 7) / 8;
}

static inline uint8_t *
bits_put_varint(uint8_t *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    return p;
}

static inline unsigned
bits_varint_bytes(uint64_t v)
{
    return v ? (bits_width(v) + 6) / 7 : 1;
}

/* NULL: it goes past end, or past 64 bits. */
static inline const uint8_t *
bits_get_varint(const uint8_t *p, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; p < end && shift < 64; shift += 7) {
        *v |= (uint64_t)(*p & 0x7f) << shift;
        if (*p++ < 0x80)
            return p;
    }
    return NULL;
}

#endif
