#include "webhooks/bodystream.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { ROOM = 1 << 20 };

static char text[ROOM], packed[2 * ROOM], out[2 * ROOM];

static size_t
pack(const char *from, size_t n, char *to)
{
    z_stream z = {0};
    size_t   done;

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)from;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)to;
    z.avail_out = ROOM;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    done = z.total_out;
    deflateEnd(&z);
    return done;
}

static struct bytestream
stream_of(const char *bytes, size_t n, bool gzip, uint64_t max)
{
    char *own = malloc(n + 1);

    memcpy(own, bytes, n);
    return bodystream_new(own, n, gzip, max);
}

/* All of it into out, at most step bytes at a time. */
static enum status
drain(struct bytestream s, size_t step, size_t *n, struct err *err)
{
    enum status st = STATUS_OK;
    size_t      got = 1;

    *err = (struct err){0};
    for (*n = 0; got && !st; *n += got) {
        got = 0;
        st = s.read(s.self, out + *n, step < sizeof out - *n ? step : sizeof out - *n, &got, err);
        assert_true(got <= step);
        if (st)
            got = 0;
    }
    s.close(s.self);
    return st;
}

static void
fill(size_t n, uint64_t seed)
{
    struct prng p = {seed};

    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + prng_below(&p, 8));
}

static void
plain_bytes_come_as_they_are(void **state)
{
    struct err err;
    size_t     n;

    (void)state;
    fill(10000, 1);
    assert_int_equal(drain(stream_of(text, 10000, false, 1), 777, &n, &err), STATUS_OK);
    assert_int_equal(n, 10000);
    assert_memory_equal(out, text, n);
    assert_int_equal(drain(stream_of("", 0, false, 1), 777, &n, &err), STATUS_OK);
    assert_int_equal(n, 0);
}

/* Any cut of the reads gives the same bytes. */
static void
gzip_is_unpacked_in_any_portions(void **state)
{
    static const size_t sizes[] = {0, 1, 100, 65536, 500000};
    static const size_t steps[] = {1, 7, 4096, 1 << 20};
    struct err          err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
            size_t n, z;

            if (sizes[i] > 1000 && steps[k] == 1)
                continue;
            fill(sizes[i], i);
            z = pack(text, sizes[i], packed);
            assert_int_equal(drain(stream_of(packed, z, true, sizes[i]), steps[k], &n, &err),
                             STATUS_OK);
            assert_int_equal(n, sizes[i]);
            assert_memory_equal(out, text, n);
        }
}

/* cat a.gz b.gz is a gzip file (RFC 1952, 2.2). */
static void
members_follow_each_other(void **state)
{
    struct err err;
    size_t     a, b, n;

    (void)state;
    fill(1000, 3);
    a = pack(text, 600, packed);
    b = pack(text + 600, 400, packed + a);
    assert_int_equal(drain(stream_of(packed, a + b, true, 1000), 64, &n, &err), STATUS_OK);
    assert_int_equal(n, 1000);
    assert_memory_equal(out, text, n);
}

static void
what_is_cut_off_or_broken_is_said(void **state)
{
    struct err err;
    size_t     z, n;

    (void)state;
    fill(5000, 4);
    z = pack(text, 5000, packed);
    for (size_t cut = 1; cut < z; cut += 97) {
        assert_int_equal(drain(stream_of(packed, cut, true, 5000), 512, &n, &err), STATUS_SYNTAX);
        assert_non_null(strstr(err.text, "cut off"));
    }
    assert_int_equal(drain(stream_of("plain text", 10, true, 5000), 512, &n, &err), STATUS_SYNTAX);
    assert_non_null(strstr(err.text, "gzip"));
    packed[z - 5] ^= 1; /* the checksum */
    assert_int_equal(drain(stream_of(packed, z, true, 5000), 512, &n, &err), STATUS_SYNTAX);
    packed[z - 5] ^= 1;
    memcpy(packed + z, "behind it", 9);
    assert_int_equal(drain(stream_of(packed, z + 9, true, 5000), 512, &n, &err), STATUS_SYNTAX);
}

static void
bombs_end_at_the_limit(void **state)
{
    struct err err;
    size_t     z, n;

    (void)state;
    memset(text, 'x', sizeof text);
    z = pack(text, sizeof text, packed);
    assert_true(z < 2000);
    assert_int_equal(drain(stream_of(packed, z, true, 100000), 4096, &n, &err), STATUS_TOO_LARGE);
    assert_true(n <= 100000);
    assert_int_equal(drain(stream_of(packed, z, true, sizeof text), 4096, &n, &err), STATUS_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_bytes_come_as_they_are),
        cmocka_unit_test(gzip_is_unpacked_in_any_portions),
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(what_is_cut_off_or_broken_is_said),
        cmocka_unit_test(bombs_end_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
