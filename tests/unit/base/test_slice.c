#include "base/slice.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <inttypes.h>
#include <stdlib.h>

static void
comparisons(void **state)
{
    struct slice none = {0};

    (void)state;
    assert_true(slice_equal(none, SLICE_LITERAL("")));
    assert_true(slice_is(SLICE_LITERAL("abc"), "abc"));
    assert_false(slice_is(SLICE_LITERAL("abc"), "abd"));
    assert_false(slice_is(SLICE_LITERAL("abc"), "ab"));
    assert_true(slice_is_nocase(SLICE_LITERAL("InF"), "iNf"));
    assert_false(slice_is_nocase(SLICE_LITERAL("InF"), "in"));
    assert_true(slice_starts(SLICE_LITERAL("http_x"), "http_"));
    assert_true(slice_starts(none, ""));
    assert_false(slice_starts(SLICE_LITERAL("ht"), "http"));
    assert_true(slice_ends(SLICE_LITERAL("x_total"), "_total"));
    assert_false(slice_ends(SLICE_LITERAL("total"), "_total"));
    assert_true(slice_compare(SLICE_LITERAL("a"), SLICE_LITERAL("b")) < 0);
    assert_true(slice_compare(SLICE_LITERAL("ab"), SLICE_LITERAL("a")) > 0);
    assert_true(slice_compare(SLICE_LITERAL("\xff"), SLICE_LITERAL("a")) > 0);
    assert_int_equal(slice_compare(none, none), 0);
}

static void
trim_and_cut(void **state)
{
    struct slice rest = SLICE_LITERAL("a,,b"), none = {0};

    (void)state;
    assert_true(slice_is(slice_trim(SLICE_LITERAL(" \ta b\t ")), "a b"));
    assert_int_equal(slice_trim(SLICE_LITERAL(" \t ")).n, 0);
    assert_true(slice_is(slice_cut(&rest, ','), "a"));
    assert_true(slice_is(slice_cut(&rest, ','), ""));
    assert_non_null(rest.p);
    assert_true(slice_is(slice_cut(&rest, ','), "b"));
    assert_null(rest.p);
    assert_int_equal(slice_cut(&none, ',').n, 0);

    rest = SLICE_LITERAL("a,");
    slice_cut(&rest, ',');
    assert_non_null(rest.p); /* an empty last field is still one */
    assert_int_equal(rest.n, 0);
}

static void
whole_numbers(void **state)
{
    static const struct {
        const char *text;
        enum status u, i;
        uint64_t    uv;
        int64_t     iv;
    } cases[] = {
        {"0", STATUS_OK, STATUS_OK, 0, 0},
        {"007", STATUS_OK, STATUS_OK, 7, 7},
        {"9223372036854775807", STATUS_OK, STATUS_OK, INT64_MAX, INT64_MAX},
        {"9223372036854775808", STATUS_OK, STATUS_RANGE, 9223372036854775808u, 0},
        {"-9223372036854775808", STATUS_SYNTAX, STATUS_OK, 0, INT64_MIN},
        {"-9223372036854775809", STATUS_SYNTAX, STATUS_RANGE, 0, 0},
        {"18446744073709551615", STATUS_OK, STATUS_RANGE, UINT64_MAX, 0},
        {"18446744073709551616", STATUS_RANGE, STATUS_RANGE, 0, 0},
        {"99999999999999999999999", STATUS_RANGE, STATUS_RANGE, 0, 0},
        {"99999999999999999999999x", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
        {"", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
        {"-", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
        {"--1", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
        {"+1", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
        {" 1", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
        {"1 ", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
        {"0x10", STATUS_SYNTAX, STATUS_SYNTAX, 0, 0},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        uint64_t u = 0;
        int64_t  i = 0;

        assert_int_equal(slice_u64(slice_of(cases[k].text), &u), cases[k].u);
        assert_int_equal(slice_i64(slice_of(cases[k].text), &i), cases[k].i);
        assert_true(u == cases[k].uv);
        assert_true(i == cases[k].iv);
    }
}

/* Values by the compiler's own reading of the same digits. */
static void
doubles(void **state)
{
    static const struct {
        const char *text;
        enum status s;
        double      v;
    } cases[] = {
        {"0", STATUS_OK, 0},
        {"1", STATUS_OK, 1},
        {"+1.5", STATUS_OK, 1.5},
        {".5", STATUS_OK, .5},
        {"5.", STATUS_OK, 5},
        {"-2.5e-3", STATUS_OK, -2.5e-3},
        {"1E+22", STATUS_OK, 1e22},
        {"1e23", STATUS_OK, 1e23},
        {"123456789012345678", STATUS_OK, 123456789012345678.},
        {"9007199254740993", STATUS_OK, 9007199254740992.}, /* a tie: to even */
        {"0.1000000000000000055511151231257827021181583404541015625", STATUS_OK, 0.1},
        {"00000000000000000000000000000001.50", STATUS_OK, 1.5},
        {"1.7976931348623157e308", STATUS_OK, 1.7976931348623157e308},
        {"2.2250738585072011e-308", STATUS_OK, 2.2250738585072011e-308},
        {"4.9e-324", STATUS_OK, 4.9e-324},
        {"1e-400", STATUS_OK, 0},
        {"0e999999999999", STATUS_OK, 0},
        {"1e309", STATUS_RANGE, 7},
        {"1e999999999999999999999", STATUS_RANGE, 7},
        {"NaN", STATUS_OK, NAN},
        {"nan", STATUS_OK, NAN},
        {"Inf", STATUS_OK, INFINITY},
        {"+Inf", STATUS_OK, INFINITY},
        {"-Inf", STATUS_OK, -INFINITY},
        {"-infinity", STATUS_OK, -INFINITY},
        {"", STATUS_SYNTAX, 7},
        {"+", STATUS_SYNTAX, 7},
        {".", STATUS_SYNTAX, 7},
        {"e5", STATUS_SYNTAX, 7},
        {"1e", STATUS_SYNTAX, 7},
        {"1e+", STATUS_SYNTAX, 7},
        {"1.2.3", STATUS_SYNTAX, 7},
        {"1,5", STATUS_SYNTAX, 7},
        {" 1", STATUS_SYNTAX, 7},
        {"1 ", STATUS_SYNTAX, 7},
        {"0x1p3", STATUS_SYNTAX, 7},
        {"-nan", STATUS_SYNTAX, 7},
        {"--1", STATUS_SYNTAX, 7},
        {"in", STATUS_SYNTAX, 7},
        {"nan(1)", STATUS_SYNTAX, 7},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        double v = 7;

        if (slice_double(slice_of(cases[k].text), &v) != cases[k].s)
            fail_msg("%s: wrong status", cases[k].text);
        if (!(isnan(v) && isnan(cases[k].v)) && v != cases[k].v)
            fail_msg("%s: got %.17g", cases[k].text, v);
    }
}

/* Every length and place of the point, ties made on purpose among them: the C
 * library, which is exact, is the measure. */
static void
random_doubles_are_those_of_the_c_library(void **state)
{
    struct prng r = {17};

    (void)state;
    for (int k = 0; k < 200000; k++) {
        char     text[64];
        double   v;
        uint64_t digits = prng_next(&r) >> (prng_next(&r) % 64);
        int      exponent = (int)(prng_next(&r) % 60) - 30;
        int      n;

        if (k % 4 == 0) /* a number of 54 bits that ends in 1 lies in the middle of two */
            digits = (digits & ((1ULL << 54) - 1)) | (1ULL << 53) | 1, exponent = 0;
        n = k % 3 ? snprintf(text, sizeof text, "-%" PRIu64 "e%d", digits, exponent)
                  : snprintf(text, sizeof text, "%" PRIu64 ".%" PRIu64, digits % 100000,
                             digits / 100000);
        assert_int_equal(slice_double((struct slice){text, (size_t)n}, &v), STATUS_OK);
        if (v != strtod(text, NULL))
            fail_msg("%s: got %.17g", text, v);
    }
}

static void
minus_zero_keeps_its_sign(void **state)
{
    double v = 1;

    (void)state;
    assert_int_equal(slice_double(SLICE_LITERAL("-0"), &v), STATUS_OK);
    assert_true(v == 0 && signbit(v));
}

/* A slice is not NUL-terminated: what follows it in memory must not count. */
static void
numbers_end_where_the_slice_ends(void **state)
{
    double  v;
    int64_t i;

    (void)state;
    assert_int_equal(slice_double((struct slice){"1.25999999999999999999999", 4}, &v), STATUS_OK);
    check_close(v, 1.25, 0);
    assert_int_equal(slice_double((struct slice){"1234567890123456789012", 20}, &v), STATUS_OK);
    check_close(v, 12345678901234567890., 0);
    assert_int_equal(slice_i64((struct slice){"123", 2}, &i), STATUS_OK);
    assert_int_equal(i, 12);
}

/* Grammar and limits of Prometheus's model.ParseDuration. */
static void
durations(void **state)
{
    static const struct {
        const char *text;
        enum status s;
        int64_t     ms;
    } cases[] = {
        {"0", STATUS_OK, 0},
        {"0s", STATUS_OK, 0},
        {"250ms", STATUS_OK, 250},
        {"5m", STATUS_OK, 300000},
        {"1h30m", STATUS_OK, 5400000},
        {"1y2w3d4h5m6s7ms", STATUS_OK,
         365LL * 86400000 + 14LL * 86400000 + 3LL * 86400000 + 4 * 3600000 + 5 * 60000 + 6007},
        {"90s", STATUS_OK, 90000},
        {"292y", STATUS_OK, 292LL * 365 * 86400000},
        {"9999999999999y", STATUS_RANGE, -1},
        {"99999999999999999999s", STATUS_RANGE, -1},
        {"292277024y999999999999999ms", STATUS_OK, 292277024LL * 365 * 86400000 + 999999999999999},
        {"", STATUS_SYNTAX, -1},
        {"1", STATUS_SYNTAX, -1},
        {"s", STATUS_SYNTAX, -1},
        {"-5s", STATUS_SYNTAX, -1},
        {"5 s", STATUS_SYNTAX, -1},
        {"1.5s", STATUS_SYNTAX, -1},
        {"1m1h", STATUS_SYNTAX, -1},
        {"1s1s", STATUS_SYNTAX, -1},
        {"1ms1s", STATUS_SYNTAX, -1},
        {"5M", STATUS_SYNTAX, -1},
        {"5sec", STATUS_SYNTAX, -1},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        int64_t ms = -1;

        if (slice_duration_ms(slice_of(cases[k].text), &ms) != cases[k].s || ms != cases[k].ms)
            fail_msg("%s: got %lld", cases[k].text, (long long)ms);
    }
}

/* Boundaries of Unicode 15, table 3-7. */
static void
utf8(void **state)
{
    static const struct {
        const char *text;
        size_t      n;
        bool        valid;
    } cases[] = {
        {"", 0, true},
        {"plain", 5, true},
        {"a\0b", 3, false},
        {"\xc2\x80", 2, true},
        {"\xc1\xbf", 2, false}, /* overlong */
        {"\xdf\xbf", 2, true},
        {"\xe0\xa0\x80", 3, true},
        {"\xe0\x9f\xbf", 3, false}, /* overlong */
        {"\xed\x9f\xbf", 3, true},
        {"\xed\xa0\x80", 3, false}, /* surrogate */
        {"\xef\xbf\xbf", 3, true},
        {"\xf0\x90\x80\x80", 4, true},
        {"\xf0\x8f\xbf\xbf", 4, false}, /* overlong */
        {"\xf4\x8f\xbf\xbf", 4, true},
        {"\xf4\x90\x80\x80", 4, false}, /* past U+10FFFF */
        {"\xf5\x80\x80\x80", 4, false},
        {"\x80", 1, false},
        {"\xc2", 1, false},
        {"\xe2\x82", 2, false},
        {"\xe2\x82\x41", 3, false},
        {"\xff", 1, false},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(cases); k++)
        if (slice_utf8((struct slice){cases[k].text, cases[k].n}) != cases[k].valid)
            fail_msg("case %zu", k);
    assert_int_equal(slice_utf8_first(SLICE_LITERAL("\xe2\x82\xac")), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons),
        cmocka_unit_test(trim_and_cut),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(random_doubles_are_those_of_the_c_library),
        cmocka_unit_test(minus_zero_keeps_its_sign),
        cmocka_unit_test(numbers_end_where_the_slice_ends),
        cmocka_unit_test(durations),
        cmocka_unit_test(utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
