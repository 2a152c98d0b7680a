#include "webhooks/gzip.h"

#include <limits.h>
#include <zlib.h>

enum {
    WORTH_BYTES = 1400, /* what fits a packet costs no less when packed */
    GZIP_WINDOW = 15 + 16,
    MEMORY_LEVEL = 8,
};

/* "gzip;q=0.5": its weight, 1 where none is said. */
static bool
refused(struct slice parameters)
{
    while (parameters.n) {
        struct slice one = slice_trim(slice_cut(&parameters, ';'));
        double       q;

        if (slice_starts(one, "q=") || slice_starts(one, "Q="))
            return slice_double((struct slice){one.p + 2, one.n - 2}, &q) != STATUS_OK || !(q > 0);
    }
    return false;
}

bool
gzip_accepted(struct slice accept_encoding)
{
    bool any = false;

    while (accept_encoding.n) {
        struct slice rest = slice_cut(&accept_encoding, ',');
        struct slice coding = slice_trim(slice_cut(&rest, ';'));

        if (slice_is_nocase(coding, "gzip") || slice_is_nocase(coding, "x-gzip"))
            return !refused(rest);
        if (slice_is(coding, "*"))
            any = !refused(rest);
    }
    return any;
}

bool
gzip_pack(struct text *t)
{
    z_stream    z = {0};
    struct text packed;
    char       *at;
    bool        done = false;

    if (t->n < WORTH_BYTES || t->n > UINT_MAX)
        return false;
    /* Speed before size: an answer is read once, and the processor is shared with
     * those who judge. */
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY))
        return false;
    text_init(&packed, t->n);
    at = text_room(&packed, t->n - 1);
    if (at) {
        z.next_in = (unsigned char *)t->p;
        z.avail_in = (unsigned)t->n;
        z.next_out = (unsigned char *)at;
        z.avail_out = (unsigned)t->n - 1;
        done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    }
    if (done)
        text_used(&packed, z.total_out);
    deflateEnd(&z);
    if (!done) {
        text_release(&packed);
        return false;
    }
    text_release(t);
    *t = packed;
    return true;
}
