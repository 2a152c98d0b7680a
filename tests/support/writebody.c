#include "tests/support/writebody.h"

#include "base/pack.h"

static void
put_tag(struct text *t, uint32_t field, unsigned wire)
{
    pack_varint(t, (uint64_t)field << 3 | wire);
}

void
writebody_varint(struct text *t, uint32_t field, uint64_t v)
{
    put_tag(t, field, 0);
    pack_varint(t, v);
}

void
writebody_fixed64(struct text *t, uint32_t field, uint64_t v)
{
    put_tag(t, field, 1);
    pack_u64(t, v);
}

void
writebody_bytes(struct text *t, uint32_t field, struct slice bytes)
{
    put_tag(t, field, 2);
    pack_slice(t, bytes);
}

void
writebody_label(struct text *series, const char *name, const char *value)
{
    struct text label;

    text_init(&label, 1 << 20);
    writebody_bytes(&label, 1, slice_of(name));
    writebody_bytes(&label, 2, slice_of(value));
    writebody_bytes(series, 1, text_slice(&label));
    text_release(&label);
}

void
writebody_sample(struct text *series, int64_t t_ms, double value)
{
    struct text sample;
    uint64_t    bits;

    memcpy(&bits, &value, sizeof bits);
    text_init(&sample, 64);
    writebody_fixed64(&sample, 1, bits);
    writebody_varint(&sample, 2, (uint64_t)t_ms);
    writebody_bytes(series, 2, text_slice(&sample));
    text_release(&sample);
}

void
writebody_series(struct text *request, struct text *series)
{
    writebody_bytes(request, 1, text_slice(series));
    text_clear(series);
}

void
writebody_metadata(struct text *request, unsigned type, const char *family, const char *help,
                   const char *unit)
{
    struct text m;

    text_init(&m, 1 << 20);
    writebody_varint(&m, 1, type);
    writebody_bytes(&m, 2, slice_of(family));
    writebody_bytes(&m, 4, slice_of(help));
    writebody_bytes(&m, 5, slice_of(unit));
    writebody_bytes(request, 3, text_slice(&m));
    text_release(&m);
}

/* format_description.txt, 2.1: 61 << 2, then the length less one in two bytes. */
void
writebody_snappy(struct text *out, struct slice message)
{
    pack_varint(out, message.n);
    while (message.n) {
        size_t n = message.n < 65536 ? message.n : 65536;

        pack_u8(out, 61 << 2);
        pack_u8(out, (uint8_t)((n - 1) & 0xff));
        pack_u8(out, (uint8_t)((n - 1) >> 8));
        text_put(out, (struct slice){message.p, n});
        message.p += n;
        message.n -= n;
    }
}
