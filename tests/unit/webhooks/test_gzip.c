#include "webhooks/gzip.h"

#include "base/base.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>
#include <zlib.h>

static void
who_takes_gzip(void **state)
{
    static const struct {
        const char *header;
        bool        takes;
    } cases[] = {
        {"gzip", true},          {"GZIP", true},
        {"x-gzip", true},        {"deflate, gzip, br", true},
        {"gzip;q=0.001", true},  {"gzip; q=0", false},
        {"gzip;q=0.000", false}, {"*", true},
        {"*;q=0", false},        {"gzip;q=0, *", false},
        {"identity", false},     {"", false},
        {"gzippy", false},       {"gzip;q=x", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (gzip_accepted(slice_of(cases[i].header)) != cases[i].takes)
            fail_msg("%s", cases[i].header);
    assert_false(gzip_accepted((struct slice){0}));
}

static void
unpacked_equals(const struct text *packed, struct slice want)
{
    unsigned char *out = malloc(want.n + 1);
    z_stream       z = {.next_in = (unsigned char *)packed->p,
                        .avail_in = (unsigned)packed->n,
                        .next_out = out,
                        .avail_out = (unsigned)want.n + 1};

    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, want.n);
    assert_memory_equal(out, want.p, want.n);
    inflateEnd(&z);
    free(out);
}

/* Of all lengths and compressibilities: packed it unpacks to the same and is
 * smaller, or it is left alone. */
static void
a_packed_text_unpacks_to_itself(void **state)
{
    struct prng r = {7};

    (void)state;
    for (int i = 0; i < 200; i++) {
        size_t      n = prng_below(&r, 20000);
        uint64_t    letters = 1 + prng_below(&r, 256);
        struct text t, copy;

        text_init(&t, 1 << 20);
        text_init(&copy, 1 << 20);
        for (size_t k = 0; k < n; k++)
            text_putc(&t, (char)prng_below(&r, letters));
        text_put(&copy, text_slice(&t));
        if (gzip_pack(&t)) {
            assert_true(t.n < copy.n && copy.n >= 1400);
            unpacked_equals(&t, text_slice(&copy));
        } else {
            assert_int_equal(t.n, copy.n);
            assert_memory_equal(t.p, copy.p, t.n);
        }
        text_release(&t);
        text_release(&copy);
    }
}

static void
what_does_not_shrink_is_left_alone(void **state)
{
    struct prng r = {8};
    struct text t;

    (void)state;
    text_init(&t, 1 << 20);
    for (size_t k = 0; k < 10000; k++)
        text_putc(&t, (char)prng_next(&r));
    assert_false(gzip_pack(&t));
    assert_int_equal(t.n, 10000);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_takes_gzip),
        cmocka_unit_test(a_packed_text_unpacks_to_itself),
        cmocka_unit_test(what_does_not_shrink_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
