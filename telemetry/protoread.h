/* protoread.h - protobuf's wire format, field by field, over bytes from outside.
 *
 * protobuf.dev, "Encoding".  Inline, since a remote write has forty fields a
 * series.  Groups, long out of use, are refused. */
#ifndef TELEMETRY_PROTOREAD_H
#define TELEMETRY_PROTOREAD_H

#include "base/slice.h"

enum protoread_wire {
    PROTOREAD_VARINT = 0,
    PROTOREAD_FIXED64 = 1,
    PROTOREAD_BYTES = 2,
    PROTOREAD_FIXED32 = 5,
};

/* Start it with the bytes of one message.  bad: they are none, and nothing more
 * is read. */
struct protoread {
    const unsigned char *p, *end;
    bool                 bad;
};

struct protoread_field {
    uint32_t            number;
    enum protoread_wire wire;
    uint64_t            value; /* of a varint or a fixed number */
    struct slice        bytes;
};

static inline struct protoread
protoread_of(struct slice message)
{
    const unsigned char *p = (const unsigned char *)message.p;

    return (struct protoread){.p = p, .end = p ? p + message.n : p};
}

static inline uint64_t
protoread_varint(struct protoread *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && r->p < r->end; shift += 7) {
        unsigned char c = *r->p++;

        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            r->bad = r->bad || (shift == 63 && c > 1);
            return v;
        }
    }
    r->bad = true;
    return 0;
}

static inline uint64_t
protoread_fixed(struct protoread *r, unsigned n)
{
    uint64_t v = 0;

    if ((size_t)(r->end - r->p) < n) {
        r->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < n; i++) /* compilers make one load of it */
        v |= (uint64_t)r->p[i] << (8 * i);
    r->p += n;
    return v;
}

/* False at the end, and where the message is bad. */
static inline bool
protoread_next(struct protoread *r, struct protoread_field *out)
{
    uint64_t tag;

    if (r->p == r->end || r->bad)
        return false;
    tag = protoread_varint(r);
    out->number = (uint32_t)(tag >> 3);
    out->wire = (enum protoread_wire)(tag & 7);
    if (tag >> 3 == 0 || tag >> 32)
        r->bad = true;
    if (out->wire == PROTOREAD_BYTES) {
        uint64_t n = protoread_varint(r);

        if (n > (size_t)(r->end - r->p))
            r->bad = true;
        if (r->bad)
            return false;
        out->bytes = (struct slice){(const char *)r->p, (size_t)n};
        r->p += n;
    } else if (out->wire == PROTOREAD_VARINT) {
        out->value = protoread_varint(r);
    } else if (out->wire == PROTOREAD_FIXED64) {
        out->value = protoread_fixed(r, 8);
    } else if (out->wire == PROTOREAD_FIXED32) {
        out->value = protoread_fixed(r, 4);
    } else {
        r->bad = true;
    }
    return !r->bad;
}

#endif
