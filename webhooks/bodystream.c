#include "webhooks/bodystream.h"

#include "base/heap.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS }; /* inflateInit2(): no zlib header is taken */

struct bodystream {
    char    *bytes;
    size_t   n, at;
    bool     gzip, within; /* a member of the gzip file has begun and not ended */
    uint64_t unpacked, max_bytes;
    z_stream z;
};

static enum status
read_plain(struct bodystream *b, char *out, size_t room, size_t *n)
{
    *n = b->n - b->at < room ? b->n - b->at : room;
    memcpy(out, b->bytes + b->at, *n);
    b->at += *n;
    return STATUS_OK;
}

/* One call of inflate(); STATUS_NO_DATA: it wants more than there is. */
static enum status
unpack_some(struct bodystream *b, char *out, size_t room, size_t *n, struct err *err)
{
    size_t left = b->n - b->at, most = left < UINT32_MAX ? left : UINT32_MAX;
    int    rc;

    if (!b->within && inflateReset(&b->z) != Z_OK)
        return err_set(err, STATUS_SYNTAX, "gzip: the body cannot be unpacked");
    b->within = true;
    b->z.next_in = (Bytef *)(b->bytes + b->at);
    b->z.avail_in = (uInt)most;
    b->z.next_out = (Bytef *)out;
    b->z.avail_out = (uInt)(room < UINT32_MAX ? room : UINT32_MAX);
    rc = inflate(&b->z, Z_NO_FLUSH);
    b->at += most - b->z.avail_in;
    *n = (size_t)(b->z.next_out - (Bytef *)out);
    if (rc == Z_STREAM_END)
        b->within = false;
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
        return err_set(err, STATUS_SYNTAX, "gzip: the body is none, or is broken after %zu bytes",
                       b->at);
    return rc == Z_BUF_ERROR && *n == 0 && most == b->z.avail_in ? STATUS_NO_DATA : STATUS_OK;
}

static enum status
read_gzip(struct bodystream *b, char *out, size_t room, size_t *n, struct err *err)
{
    *n = 0;
    while (*n == 0 && room && (b->at < b->n || b->within)) {
        enum status s = unpack_some(b, out, room, n, err);

        if (s == STATUS_NO_DATA)
            return err_set(err, STATUS_SYNTAX, "gzip: the body is cut off");
        if (s)
            return s;
    }
    b->unpacked += *n;
    if (b->unpacked > b->max_bytes)
        return err_set(err, STATUS_TOO_LARGE,
                       "gzip: the body unpacks to over %llu bytes: send less at a time",
                       (unsigned long long)b->max_bytes);
    return STATUS_OK;
}

static enum status
read_stream(void *self, char *out, size_t room, size_t *n, struct err *err)
{
    struct bodystream *b = self;

    return b->gzip ? read_gzip(b, out, room, n, err) : read_plain(b, out, room, n);
}

static void
close_stream(void *self)
{
    struct bodystream *b = self;

    if (b->gzip)
        (void)inflateEnd(&b->z);
    free(b->bytes);
    free(b);
}

struct bytestream
bodystream_new(char *bytes, size_t n, bool gzip, uint64_t max_bytes)
{
    struct bodystream *b = heap_new(1, sizeof *b);

    *b = (struct bodystream){.bytes = bytes, .n = n, .gzip = gzip, .max_bytes = max_bytes};
    /* Only memory can be missing, and then the process ends, as heap.h has it. */
    if (gzip && inflateInit2(&b->z, GZIP_ONLY) != Z_OK)
        abort();
    return (struct bytestream){.read = read_stream, .close = close_stream, .self = b};
}
