#include "base/ulid.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

static void
fill_fixed(void *self, void *out, size_t n)
{
    memset(out, *(const unsigned char *)self, n);
}

static void
fill_seeded(void *self, void *out, size_t n)
{
    unsigned char *p = out;

    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)prng_next(self);
}

/* 1469918176385 is "01ARYZ6S41" in the spec's own example; 80 one bits are
 * sixteen Z. */
static void
layout_of_the_spec(void **state)
{
    unsigned char  zeros = 0, ones = 0xff;
    struct entropy low = {fill_fixed, &zeros}, high = {fill_fixed, &ones};
    char           id[ULID_BYTES];

    (void)state;
    ulid_make(id, 1469918176385, &low);
    assert_string_equal(id, "01ARYZ6S410000000000000000");
    ulid_make(id, 1469918176385, &high);
    assert_string_equal(id, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
    ulid_make(id, (1LL << 48) - 1, &high);
    assert_string_equal(id, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    ulid_make(id, -5, &low);
    assert_string_equal(id, "00000000000000000000000000");
}

static void
ids_sort_by_time_and_are_valid(void **state)
{
    struct prng    r = {3};
    struct entropy e = {fill_seeded, &r};
    char           last[ULID_BYTES] = "", id[ULID_BYTES];

    (void)state;
    for (int64_t ms = 1700000000000; ms < 1700000005000; ms++) {
        ulid_make(id, ms, &e);
        assert_true(ulid_valid(slice_of(id)));
        assert_true(strcmp(last, id) < 0);
        memcpy(last, id, sizeof id);
    }
}

static void
system_entropy_differs(void **state)
{
    char a[ULID_BYTES], b[ULID_BYTES];

    (void)state;
    ulid_make(a, 1, &ulid_system_entropy);
    ulid_make(b, 1, &ulid_system_entropy);
    assert_string_not_equal(a, b);
}

static void
validity(void **state)
{
    static const struct {
        const char *text;
        bool        valid;
    } cases[] = {
        {"01ARYZ6S410000000000000000", true},  {"7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true},
        {"8ZZZZZZZZZZZZZZZZZZZZZZZZZ", false}, /* 129 bits */
        {"01ARYZ6S41000000000000000", false},  {"01ARYZ6S4100000000000000000", false},
        {"01ARYZ6S41000000000000000I", false}, {"01ARYZ6S41000000000000000L", false},
        {"01ARYZ6S41000000000000000O", false}, {"01ARYZ6S41000000000000000U", false},
        {"01aryz6s410000000000000000", false}, /* ours are upper case */
        {"01ARYZ6S41000000000000000/", false}, {"", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(ulid_valid(slice_of(cases[i].text)), cases[i].valid);
    assert_false(ulid_valid((struct slice){"0123456789ABCDEFGHJKMNPQ\0\0", 26}));
}

static void
copies_are_whole_or_not_made(void **state)
{
    char out[ULID_BYTES] = "before";

    (void)state;
    assert_false(ulid_copy(SLICE_LITERAL("01JD000000000000000000000"), out));  /* 25 */
    assert_false(ulid_copy(SLICE_LITERAL("81JD0000000000000000000000"), out)); /* over 128 bits */
    assert_false(ulid_copy((struct slice){0}, out));
    assert_string_equal(out, "before");
    assert_true(ulid_copy(SLICE_LITERAL("01JD0000000000000000000000"), out));
    assert_string_equal(out, "01JD0000000000000000000000");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_of_the_spec),
        cmocka_unit_test(ids_sort_by_time_and_are_valid),
        cmocka_unit_test(system_entropy_differs),
        cmocka_unit_test(validity),
        cmocka_unit_test(copies_are_whole_or_not_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
