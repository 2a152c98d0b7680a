/* Unpacking takes any bytes; what it reads without complaint packs to the same bytes. */
#include "base/pack.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Read one value of the kind and write it again.  A varint may be longer than
 * it needs to be, so what it came from can differ: say so. */
static bool
copy_one(struct unpack *u, struct text *t, unsigned kind)
{
    size_t       before = u->rest.n, written = t->n;
    struct slice s;

    switch (kind % 7) {
    case 0:
        pack_u8(t, pack_get_u8(u));
        break;
    case 1:
        pack_u32(t, pack_get_u32(u));
        break;
    case 2:
        pack_u64(t, pack_get_u64(u));
        break;
    case 3:
        pack_i64(t, pack_get_i64(u));
        break;
    case 4:
        pack_double(t, pack_get_double(u));
        break;
    case 5:
        pack_varint(t, pack_get_varint(u));
        break;
    default:
        s = pack_get_slice(u);
        pack_slice(t, s);
        break;
    }
    return before - u->rest.n == t->n - written;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct slice all = {(const char *)data, n};
    struct unpack      u = {.rest = all};
    struct text        t;
    char               out[16];
    bool               same = true;

    text_init(&t, n + 64);
    while (u.rest.n && !u.bad) {
        unsigned kind = pack_get_u8(&u);

        pack_u8(&t, (uint8_t)kind);
        same = copy_one(&u, &t, kind) && same;
    }
    assert(!u.bad || u.rest.n == 0);
    if (same && !u.bad)
        assert(slice_equal(text_slice(&t), all));
    u = (struct unpack){.rest = all};
    pack_get_text(&u, out, sizeof out);
    assert(memchr(out, '\0', sizeof out));
    text_release(&t);
    return 0;
}
