#include "tests/support/check.h"

#include "promql/calendar.h"

#include <string.h>
#include <time.h>

static void
known_answers(void **state)
{
    /* time.Unix(s, 0).UTC() of Go 1.26. */
    static const struct {
        int64_t              at;
        struct calendar_date want;
        const char          *text;
    } cases[] = {
        {0, {1970, 1, 1, 4, 1, 31, 0, 0, 0}, "1970-01-01T00:00:00Z"},
        {-1, {1969, 12, 31, 3, 365, 31, 23, 59, 59}, "1969-12-31T23:59:59Z"},
        {951782399, {2000, 2, 28, 1, 59, 29, 23, 59, 59}, "2000-02-28T23:59:59Z"},
        {951782400, {2000, 2, 29, 2, 60, 29, 0, 0, 0}, "2000-02-29T00:00:00Z"},
        {4102444800, {2100, 1, 1, 5, 1, 31, 0, 0, 0}, "2100-01-01T00:00:00Z"},
        {-2208988800, {1900, 1, 1, 1, 1, 31, 0, 0, 0}, "1900-01-01T00:00:00Z"},
        {-62135596801, {0, 12, 31, 0, 366, 31, 23, 59, 59}, "0000-12-31T23:59:59Z"},
        {-62167219201, {-1, 12, 31, 5, 365, 31, 23, 59, 59}, NULL},
        {253402300800, {10000, 1, 1, 6, 1, 31, 0, 0, 0}, "10000-01-01T00:00:00Z"},
        {100000000000000000, {3168875820, 9, 6, 3, 250, 30, 9, 46, 40}, NULL},
        {-100000000000000000, {-3168871881, 4, 27, 4, 117, 30, 14, 13, 20}, NULL},
        {INT64_MIN, {292277026596, 12, 4, 0, 339, 31, 15, 30, 8}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct calendar_date got = calendar_at(cases[i].at), want = cases[i].want;
        struct text          text;

        assert_int_equal(got.year, want.year);
        assert_int_equal(got.month, want.month);
        assert_int_equal(got.day, want.day);
        assert_int_equal(got.weekday, want.weekday);
        assert_int_equal(got.yearday, want.yearday);
        assert_int_equal(got.days_in_month, want.days_in_month);
        assert_int_equal(got.hour, want.hour);
        assert_int_equal(got.minute, want.minute);
        assert_int_equal(got.second, want.second);
        text_init(&text, 100);
        calendar_write(&text, cases[i].at);
        if (cases[i].text)
            assert_string_equal(text.p, cases[i].text);
        text_release(&text);
    }
}

/* Every day of 800 years, against the C library. */
static void
as_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -200 * 366; day < 600 * 365; day++) {
        time_t               at = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;
        struct calendar_date got = calendar_at(at);
        struct tm            want;

        assert_non_null(gmtime_r(&at, &want));
        assert_int_equal(got.year, want.tm_year + 1900);
        assert_int_equal(got.month, want.tm_mon + 1);
        assert_int_equal(got.day, want.tm_mday);
        assert_int_equal(got.weekday, want.tm_wday);
        assert_int_equal(got.yearday, want.tm_yday + 1);
        assert_int_equal(got.hour, want.tm_hour);
        assert_int_equal(got.minute, want.tm_min);
        assert_int_equal(got.second, want.tm_sec);
        if (want.tm_mday == 1) { /* the day before was the last of its month */
            struct calendar_date before = calendar_at(at - 86400);

            assert_int_equal(before.days_in_month, before.day);
        }
    }
}

static void
seconds_of_doubles(void **state)
{
    (void)state;
    assert_int_equal(calendar_seconds(1.9), 1);
    assert_int_equal(calendar_seconds(-1.9), -1);
    assert_int_equal(calendar_seconds(-0x1p63), INT64_MIN);
    assert_int_equal(calendar_seconds(0x1p63), INT64_MIN);
    assert_int_equal(calendar_seconds(NAN), INT64_MIN);
    assert_int_equal(calendar_seconds(INFINITY), INT64_MIN);
    assert_int_equal(calendar_seconds(-INFINITY), INT64_MIN);
    assert_int_equal(calendar_seconds(9e18), 9000000000000000000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(as_the_c_library),
        cmocka_unit_test(seconds_of_doubles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
