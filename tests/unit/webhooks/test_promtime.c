#include "webhooks/promtime.h"

#include "base/base.h"
#include "tests/support/check.h"

/* What Prometheus 2.42 answers as the time of query=1 for these, or refuses; times
 * that overflow there are the farthest here, and NaN is no time. */
static void
times(void **state)
{
    static const struct {
        const char *text;
        int64_t     ms; /* INT64_MIN: refused */
    } cases[] = {
        {"0", 0},
        {"1700000000", 1700000000000},
        {"1700000000.678", 1700000000678},
        {"1700000000.6784", 1700000000678},
        {"1700000000.6785", 1700000000678}, /* its double is below that */
        {"1700000000.6786", 1700000000679}, /* rounded to thousandths first */
        {"1700000000.9999", 1700000001000},
        {"1.7e9", 1700000000000},
        {"-0.25", -250},
        {"-1.5", -1500},
        {"0x10", INT64_MIN}, /* a hexadecimal number has an exponent p */
        {"0x1p4", 16000},
        {"1_000", 1000000},
        {"2023-11-14T22:13:20Z", 1700000000000},
        {"2023-11-14T22:13:20.5Z", 1700000000500},
        {"2023-11-14T22:13:20.123456789Z", 1700000000123},
        {"2023-11-15T00:13:20+02:00", 1700000000000},
        {"2023-11-14T16:43:20-05:30", 1700000000000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2023-02-29T00:00:00Z", INT64_MIN},
        {"2023-11-14 22:13:20Z", INT64_MIN},
        {"2023-11-14T22:13:20", INT64_MIN},
        {"2023-11-14T24:13:20Z", INT64_MIN},
        {"1e300", PROMTIME_FAR_MS},
        {"-1e300", -PROMTIME_FAR_MS},
        {"Inf", PROMTIME_FAR_MS},
        {"-292273086-05-16T16:47:06Z", -PROMTIME_FAR_MS},
        {"292277025-08-18T07:12:54.999999999Z", PROMTIME_FAR_MS},
        {"NaN", INT64_MIN},
        {"", INT64_MIN},
        {"now", INT64_MIN},
        {" 1", INT64_MIN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err  err = {0};
        int64_t     ms = INT64_MIN;
        enum status s = promtime_read(slice_of(cases[i].text), &ms, &err);

        if (s != (cases[i].ms == INT64_MIN ? STATUS_SYNTAX : STATUS_OK) || ms != cases[i].ms)
            fail_msg("%s: %s, %lld", cases[i].text, status_text(s), (long long)ms);
    }
}

static void
durations(void **state)
{
    static const struct {
        const char *text;
        int64_t     ms;
    } cases[] = {
        {"15", 15000},        {"0.5", 500},         {"1e3", 1000000},      {"1h30m", 5400000},
        {"1m0s", 60000},      {"5m", 300000},       {"250ms", 250},        {"0", 0},
        {"-5", -5000},        {"0.0004", 0},        {"", INT64_MIN},       {"5x", INT64_MIN},
        {"1h 5m", INT64_MIN}, {"1e300", INT64_MIN}, {"-1e300", INT64_MIN}, {"NaN", INT64_MIN},
        {"Inf", INT64_MIN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err  err = {0};
        int64_t     ms = INT64_MIN;
        enum status s = promtime_duration(slice_of(cases[i].text), &ms, &err);

        if (s != (cases[i].ms == INT64_MIN ? STATUS_SYNTAX : STATUS_OK) || ms != cases[i].ms)
            fail_msg("%s: %s, %lld", cases[i].text, status_text(s), (long long)ms);
    }
}

/* A hostile value is quoted, and not at length. */
static void
errors_quote_little(void **state)
{
    char       text[1000];
    struct err err = {0};

    (void)state;
    memset(text, 'x', sizeof text);
    text[0] = '"';
    assert_int_equal(promtime_read((struct slice){text, sizeof text}, &(int64_t){0}, &err),
                     STATUS_SYNTAX);
    assert_non_null(strstr(err.text, "cannot parse \"\\\"xxx"));
    assert_non_null(strstr(err.text, "xxx\" to a valid timestamp"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(durations),
        cmocka_unit_test(errors_quote_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
