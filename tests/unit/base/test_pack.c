#include "base/pack.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

static void
bytes_are_as_documented(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, 1000);
    pack_u8(&t, 0xab);
    pack_u32(&t, 0x01020304);
    pack_i64(&t, -2);
    pack_double(&t, 1.0);
    pack_varint(&t, 300); /* LEB128: 0xac 0x02 */
    pack_slice(&t, SLICE_LITERAL("hi"));
    assert_int_equal(t.n, 1 + 4 + 8 + 8 + 2 + 3);
    assert_memory_equal(t.p,
                        "\xab\x04\x03\x02\x01\xfe\xff\xff\xff\xff\xff\xff\xff"
                        "\0\0\0\0\0\0\xf0\x3f\xac\x02\x02hi",
                        t.n);
    text_release(&t);
}

/* One random value of each kind, chosen by `kind`; writing and reading follow
 * the same sequence. */
static void
write_one(struct text *t, struct prng *r)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

    switch (prng_below(r, 7)) {
    case 0:
        pack_u8(t, (uint8_t)prng_next(r));
        break;
    case 1:
        pack_u32(t, (uint32_t)prng_next(r));
        break;
    case 2:
        pack_u64(t, prng_next(r));
        break;
    case 3:
        pack_i64(t, (int64_t)prng_next(r));
        break;
    case 4:
        pack_double(t, prng_bits(r));
        break;
    case 5:
        pack_varint(t, prng_next(r) >> prng_below(r, 64));
        break;
    default:
        pack_slice(t, (struct slice){letters, prng_below(r, 26)});
        break;
    }
}

static void
read_one(struct unpack *u, struct prng *r)
{
    double       want, got;
    struct slice s;

    switch (prng_below(r, 7)) {
    case 0:
        assert_int_equal(pack_get_u8(u), (uint8_t)prng_next(r));
        break;
    case 1:
        assert_int_equal(pack_get_u32(u), (uint32_t)prng_next(r));
        break;
    case 2:
        assert_true(pack_get_u64(u) == prng_next(r));
        break;
    case 3:
        assert_true(pack_get_i64(u) == (int64_t)prng_next(r));
        break;
    case 4:
        want = prng_bits(r);
        got = pack_get_double(u);
        assert_memory_equal(&want, &got, sizeof want); /* NaN payloads too */
        break;
    case 5: {
        uint64_t v = prng_next(r);

        assert_true(pack_get_varint(u) == v >> prng_below(r, 64));
        break;
    }
    default:
        s = pack_get_slice(u);
        assert_int_equal(s.n, prng_below(r, 26));
        assert_memory_equal(s.p, "abcdefghijklmnopqrstuvwxyz", s.n);
        break;
    }
}

static void
times_are_those_of_a_clock(void **state)
{
    (void)state;
    static const struct {
        int64_t v;
        bool    bad;
    } cases[] = {{-1, false}, {0, false},        {PACK_LAST_MS, false},
                 {-2, true},  {INT64_MIN, true}, {PACK_LAST_MS + 1, true}};

    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        struct text   t;
        struct unpack in;

        text_init(&t, 64);
        pack_i64(&t, cases[k].v);
        in = (struct unpack){.rest = text_slice(&t)};
        assert_true(pack_get_ms(&in) == (cases[k].bad ? 0 : cases[k].v));
        assert_int_equal(in.bad, cases[k].bad);
        text_release(&t);
    }
}

static void
round_trip(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct prng   w = {seed}, r = {seed};
        struct text   t;
        struct unpack u;
        size_t        n = prng_below(&w, 50);

        text_init(&t, 10000);
        for (size_t i = 0; i < n; i++)
            write_one(&t, &w);
        assert_int_equal(t.status, STATUS_OK);
        u = (struct unpack){.rest = text_slice(&t)};
        prng_below(&r, 50);
        for (size_t i = 0; i < n; i++)
            read_one(&u, &r);
        assert_false(u.bad);
        assert_int_equal(u.rest.n, 0);
        text_release(&t);
    }
}

static void
varint_edges(void **state)
{
    static const struct {
        const char *bytes;
        size_t      n;
        bool        bad;
        uint64_t    v;
    } cases[] = {
        {"\x7f", 1, false, 127},
        {"\x80\x01", 2, false, 128},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, false, UINT64_MAX},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, true, 0}, /* 65 bits */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81", 10, true, 0}, /* goes on */
        {"\x80", 1, true, 0},
        {"", 0, true, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct unpack u = {.rest = {cases[i].bytes, cases[i].n}};

        assert_true(pack_get_varint(&u) == cases[i].v);
        assert_int_equal(u.bad, cases[i].bad);
    }
}

static void
past_the_end_is_bad_for_good(void **state)
{
    struct unpack u = {.rest = {"\x01\x02\x03", 3}};
    char          out[4] = "old";

    (void)state;
    assert_int_equal(pack_get_u32(&u), 0);
    assert_true(u.bad);
    assert_int_equal(pack_get_u8(&u), 0);
    assert_int_equal(pack_get_slice(&u).n, 0);
    check_close(pack_get_double(&u), 0, 0);
    pack_get_text(&u, out, sizeof out);
    assert_string_equal(out, "");

    u = (struct unpack){.rest = {"\x7fxx", 3}}; /* says 127 bytes, has two */
    assert_int_equal(pack_get_slice(&u).n, 0);
    assert_true(u.bad);
}

static void
text_must_fit_with_its_nul(void **state)
{
    struct unpack u = {.rest = {"\x03"
                                "abc",
                                4}};
    struct unpack again = u, nul = {.rest = {"\x03"
                                             "a\0c",
                                             4}};
    char          four[4], three[3];

    (void)state;
    pack_get_text(&u, four, sizeof four);
    assert_false(u.bad);
    assert_string_equal(four, "abc");
    pack_get_text(&again, three, sizeof three);
    assert_true(again.bad);
    assert_string_equal(three, "");
    pack_get_text(&nul, four, sizeof four); /* would come back shorter */
    assert_true(nul.bad);
    assert_string_equal(four, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_as_documented),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(times_are_those_of_a_clock),
        cmocka_unit_test(varint_edges),
        cmocka_unit_test(past_the_end_is_bad_for_good),
        cmocka_unit_test(text_must_fit_with_its_nul),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
