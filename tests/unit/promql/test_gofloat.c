#include "tests/support/check.h"

#include "promql/gofloat.h"
#include "tests/support/prng.h"

#include <stdlib.h>
#include <string.h>

static void
written(void **state)
{
    /* FormatFloat(v, 'f', -1, 64) and Sprintf("%g", v) of Go 1.26. */
    static const struct {
        double      v;
        const char *plain, *g;
    } cases[] = {
        {0, "0", "0"},
        {-0., "-0", "-0"},
        {1, "1", "1"},
        {-1.5, "-1.5", "-1.5"},
        {100, "100", "100"},
        {0.1, "0.1", "0.1"},
        {0.30000000000000004, "0.30000000000000004", "0.30000000000000004"},
        {100000, "100000", "100000"},
        {999999, "999999", "999999"},
        {1e6, "1000000", "1e+06"},
        {1234567, "1234567", "1.234567e+06"},
        {123456789, "123456789", "1.23456789e+08"},
        {123456.75, "123456.75", "123456.75"},
        {0.0001, "0.0001", "0.0001"},
        {0.00001, "0.00001", "1e-05"},
        {1e21, "1000000000000000000000", "1e+21"},
        {2.1e21, "2100000000000000000000", "2.1e+21"},
        {1.7976931348623157e308,
         "1797693134862315700000000000000000000000000000000000000000000000000000000000000000000000"
         "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
         "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
         "000000000000000000000000000000000000000000000",
         "1.7976931348623157e+308"},
        {5.684341886080802e-14, "0.00000000000005684341886080802", "5.684341886080802e-14"},
        {9007199254740992, "9007199254740992", "9.007199254740992e+15"},
        {INFINITY, "+Inf", "+Inf"},
        {-INFINITY, "-Inf", "-Inf"},
        {NAN, "NaN", "NaN"},
        {-NAN, "NaN", "NaN"},
    };
    struct text text;

    (void)state;
    text_init(&text, 1000);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        text_clear(&text);
        gofloat_put(&text, cases[i].v);
        assert_string_equal(text.p, cases[i].plain);
        text_clear(&text);
        gofloat_put_g(&text, cases[i].v);
        assert_string_equal(text.p, cases[i].g);
    }
    text_clear(&text);
    gofloat_put(&text, 5e-324);
    assert_int_equal(text.n, strlen("0.") + 323 + 1);
    assert_string_equal(text.p + text.n - 2, "05");
    text_clear(&text);
    gofloat_put_g(&text, 0x1p-489); /* the nearest 16 digits, ...190e-148, do not read back */
    assert_string_equal(text.p, "6.256509672447191e-148");
    text_release(&text);
}

static const struct {
    const char *text;
    enum status status;
    double      v;
} read_cases[] = {
    {"1", STATUS_OK, 1},
    {"-0.25", STATUS_OK, -0.25},
    {".5", STATUS_OK, 0.5},
    {"5.", STATUS_OK, 5},
    {"+1e3", STATUS_OK, 1000},
    {"1_000", STATUS_OK, 1000},
    {"-1_0.5", STATUS_OK, -10.5},
    {"0_1", STATUS_OK, 1},
    {"1e1_0", STATUS_OK, 1e10},
    {"0x1p-2", STATUS_OK, 0.25},
    {"0X1P1", STATUS_OK, 2},
    {"-0x_1Fp0", STATUS_OK, -31},
    {"0x1_Fp0", STATUS_OK, 31},
    {"0x.8p1", STATUS_OK, 1},
    {"0x1p1_0", STATUS_OK, 1024},
    {"0x1p+0_1", STATUS_OK, 2},
    {"0x1.fffffffffffff8p0", STATUS_OK, 2},
    {"0x1.000000000000080000001p0", STATUS_OK, 1.0000000000000002},
    {"0x1p-1080", STATUS_OK, 0},
    {"1e-400", STATUS_OK, 0},
    {"nan", STATUS_OK, NAN},
    {"NaN", STATUS_OK, NAN},
    {"1e400", STATUS_RANGE, 0},
    {"0x1p1024", STATUS_RANGE, 0},
    {"", STATUS_SYNTAX, 0},
    {"+", STATUS_SYNTAX, 0},
    {"+nan", STATUS_SYNTAX, 0},
    {"1e", STATUS_SYNTAX, 0},
    {"inf ", STATUS_SYNTAX, 0},
    {"in_f", STATUS_SYNTAX, 0},
    {"_", STATUS_SYNTAX, 0},
    {"_1", STATUS_SYNTAX, 0},
    {"1_", STATUS_SYNTAX, 0},
    {"1__0", STATUS_SYNTAX, 0},
    {"1_.5", STATUS_SYNTAX, 0},
    {"1._5", STATUS_SYNTAX, 0},
    {"1_e5", STATUS_SYNTAX, 0},
    {"1e_5", STATUS_SYNTAX, 0},
    {"+-1_0", STATUS_SYNTAX, 0},
    {"0x", STATUS_SYNTAX, 0},
    {"0x1F", STATUS_SYNTAX, 0},
    {"0xp1", STATUS_SYNTAX, 0},
    {"0x.p1", STATUS_SYNTAX, 0},
    {"0x1.8p", STATUS_SYNTAX, 0},
    {"0x1_.8p0", STATUS_SYNTAX, 0},
    {"_0x1p0", STATUS_SYNTAX, 0},
    {"0b11", STATUS_SYNTAX, 0},
    {"0o7", STATUS_SYNTAX, 0},
};

static void
read(void **state)
{
    /* ParseFloat(text, 64) of Go 1.26. */

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(read_cases); i++) {
        double v = 0;

        assert_int_equal(gofloat_parse(slice_of(read_cases[i].text), &v), read_cases[i].status);
        check_close(v, read_cases[i].v, 0);
    }
    for (const char *const *s = (const char *const[]){"Inf", "+inf", "infinity", NULL}; *s; s++) {
        double v = 0;

        assert_int_equal(gofloat_parse(slice_of(*s), &v), STATUS_OK);
        assert_true(v == INFINITY);
    }
}

static size_t
digits_in(const char *s)
{
    size_t n = 0;

    for (; *s && *s != 'e'; s++)
        n += *s >= '0' && *s <= '9';
    return n;
}

/* What is written reads back as the same bits, and one digit less would not. */
static void
round_trip_and_shortest(void **state)
{
    struct prng r = {17};
    struct text text;

    (void)state;
    text_init(&text, 1000);
    for (int round = 0; round < 60000; round++) {
        double v = round % 3   ? prng_bits(&r)
                   : round % 2 ? ldexp(1, (int)prng_below(&r, 2098) - 1074)
                               : (double)prng_below(&r, 1 << 20) / 1000;
        double back;
        char   fewer[40];

        if (!isfinite(v))
            continue;
        text_clear(&text);
        gofloat_put(&text, v);
        assert_int_equal(gofloat_parse(text_slice(&text), &back), STATUS_OK);
        assert_memory_equal(&back, &v, sizeof v);
        text_clear(&text);
        gofloat_put_g(&text, v);
        assert_true(strtod(text.p, NULL) == v);
        if (v == 0 || fabs(v) < 1e6) /* zeros before the digits, or a plain whole number */
            continue;
        if (digits_in(text.p) > 1) {
            snprintf(fewer, sizeof fewer, "%.*e", (int)digits_in(text.p) - 2, v);
            assert_true(strtod(fewer, NULL) != v);
        }
    }
    text_release(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written),
        cmocka_unit_test(read),
        cmocka_unit_test(round_trip_and_shortest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
