#include "telemetry/writeencode.h"

#include "base/pack.h"
#include "telemetry/protoread.h"

#include <snappy-c.h>

void
writeencode_init(struct writeencode *e)
{
    *e = (struct writeencode){0};
    text_init(&e->message, WRITEENCODE_MAX_BYTES);
    text_init(&e->part, WRITEENCODE_MAX_BYTES);
}

void
writeencode_release(struct writeencode *e)
{
    text_release(&e->message);
    text_release(&e->part);
}

static void
put_tag(struct text *t, unsigned field, enum protoread_wire wire)
{
    pack_varint(t, field << 3 | (unsigned)wire);
}

static size_t
varint_bytes(uint64_t v)
{
    size_t n = 1;

    while (v >>= 7)
        n++;
    return n;
}

static void
put_text(struct text *t, unsigned field, struct slice s)
{
    put_tag(t, field, PROTOREAD_BYTES);
    pack_slice(t, s);
}

/* Tags below 16 take one byte. */
static void
put_label(struct text *t, const struct tsdb_label *l)
{
    put_tag(t, 1, PROTOREAD_BYTES);
    pack_varint(t, 2 + varint_bytes(l->name.n) + l->name.n + varint_bytes(l->value.n) + l->value.n);
    put_text(t, 1, l->name);
    put_text(t, 2, l->value);
}

static void
put_sample(struct text *t, int64_t t_ms, double value)
{
    put_tag(t, 2, PROTOREAD_BYTES);
    pack_varint(t, 2 + sizeof value + varint_bytes((uint64_t)t_ms));
    put_tag(t, 1, PROTOREAD_FIXED64);
    pack_double(t, value);
    put_tag(t, 2, PROTOREAD_VARINT);
    pack_varint(t, (uint64_t)t_ms);
}

void
writeencode_series(struct writeencode *e, const struct tsdb_label *labels, size_t n_labels,
                   const int64_t *t_ms, const double *value, size_t n)
{
    text_clear(&e->part);
    for (size_t i = 0; i < n_labels; i++)
        put_label(&e->part, &labels[i]);
    for (size_t i = 0; i < n; i++)
        put_sample(&e->part, t_ms[i], value[i]);
    put_text(&e->message, 1, text_slice(&e->part));
    if (e->part.status && !e->message.status)
        e->message.status = e->part.status;
    e->n_samples += n;
}

enum status
writeencode_take(struct writeencode *e, struct text *body, struct err *err)
{
    size_t      n = snappy_max_compressed_length(e->message.n);
    char       *room = e->message.status ? NULL : text_room(body, n);
    enum status s = STATUS_OK;

    if (!room)
        s = err_set(err, STATUS_LIMIT, "a message of %zu samples is over %d bytes", e->n_samples,
                    WRITEENCODE_MAX_BYTES);
    else if (snappy_compress(e->message.p, e->message.n, room, &n) != SNAPPY_OK)
        s = err_set(err, STATUS_LIMIT, "snappy does not take a message of %zu bytes", e->message.n);
    else
        text_used(body, n);
    text_clear(&e->message);
    e->n_samples = 0;
    return s;
}
