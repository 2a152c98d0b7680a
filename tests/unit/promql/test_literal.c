/* Expected values: Go's strconv and model.ParseDuration. */
#include "promql/literal.h"
#include "tests/support/check.h"

enum { MAX_TEXT = 1024 };

static const struct {
    const char *text;
    double      value;
    enum status status;
} numbers[] = {
    {"0", 0, STATUS_OK},
    {"1", 1, STATUS_OK},
    {".5", 0.5, STATUS_OK},
    {"5.", 5, STATUS_OK},
    {"5e-3", 0.005, STATUS_OK},
    {"0xc", 12, STATUS_OK},
    {"0x_1F", 31, STATUS_OK},
    {"0755", 493, STATUS_OK},
    {"0_755", 493, STATUS_OK},
    {"08", 8, STATUS_OK}, /* no octal number, so a decimal one */
    {"0755.5", 755.5, STATUS_OK},
    {"1_000", 1000, STATUS_OK},
    {"1_000.5", 1000.5, STATUS_OK},
    {"9223372036854775807", 9223372036854775807.0, STATUS_OK},
    {"9223372036854775808", 9223372036854775808.0, STATUS_OK},
    {"0x7fffffffffffffff", 9223372036854775807.0, STATUS_OK},
    {"0x8000000000000000", 0, STATUS_SYNTAX}, /* no integer; hexadecimal floats want a p */
    {"0x", 0, STATUS_SYNTAX},
    {"1__0", 0, STATUS_SYNTAX},
    {"1_", 0, STATUS_SYNTAX},
    {"Inf", INFINITY, STATUS_OK},
    {"nan", NAN, STATUS_OK},
    {"1e308", 1e308, STATUS_OK},
    {"1e309", 0, STATUS_RANGE},
    {"1e-400", 0, STATUS_OK},
};

static void
test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct text why;
        double      got;
        enum status s;

        text_init(&why, MAX_TEXT);
        s = literal_number(slice_of(numbers[i].text), &got, &why);
        if (s != numbers[i].status)
            fail_msg("%s: %s", numbers[i].text, why.p);
        if (s)
            assert_true(slice_starts(text_slice(&why), "error parsing number: "));
        else if (isinf(numbers[i].value))
            assert_true(isinf(got));
        else
            check_close(got, numbers[i].value, 0);
        text_release(&why);
    }
}

static const struct {
    const char *text;
    int64_t     ms;
    const char *why; /* NULL: fine */
} durations[] = {
    {"5m", 300000, NULL},
    {"1m0s", 60000, NULL},
    {"1h0m0s", 3600000, NULL},
    {"1y2w3d4h5m6s7ms", 31536000000 + 1209600000 + 259200000 + 14400000 + 300000 + 6000 + 7, NULL},
    {"0s", 0, NULL},
    {"1000ms", 1000, NULL},
    {"292y", 292 * 31536000000, NULL},
    {"293y", 0, "duration out of range"},
    {"9223372036s", 9223372036000, NULL},
    {"9223372037s", 0, "duration out of range"},
    {"5m1h", 0, "not a valid duration string: \"5m1h\""},
    {"5m1m", 0, "not a valid duration string: \"5m1m\""},
    {"5y1hs", 0, "unknown unit \"hs\" in duration \"5y1hs\""},
    {"99999999999999999999s", 0, "not a valid duration string: \"99999999999999999999s\""},
};

static void
test_durations(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
        struct text why;
        int64_t     ms;
        enum status s;

        text_init(&why, MAX_TEXT);
        s = literal_duration(slice_of(durations[i].text), &ms, &why);
        if ((s != STATUS_OK) != (durations[i].why != NULL))
            fail_msg("%s: %s", durations[i].text, why.p);
        if (s)
            assert_string_equal(why.p, durations[i].why);
        else
            assert_int_equal(ms, durations[i].ms);
        text_release(&why);
    }
}

static void
test_seconds(void **state)
{
    struct text why;
    int64_t     ms;

    (void)state;
    text_init(&why, MAX_TEXT);
    assert_int_equal(literal_seconds(4.18, &ms, &why), STATUS_OK);
    assert_int_equal(ms, 4180);
    assert_int_equal(literal_seconds(-0.0015, &ms, &why), STATUS_OK);
    assert_int_equal(ms, -1); /* towards zero */
    assert_int_equal(literal_seconds(9.3e9, &ms, &why), STATUS_RANGE);
    assert_int_equal(literal_seconds(-9.3e9, &ms, &why), STATUS_RANGE);
    assert_int_equal(literal_seconds(NAN, &ms, &why), STATUS_RANGE);
    text_release(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
