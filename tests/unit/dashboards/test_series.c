#include "dashboards/series.h"
#include "tests/support/check.h"

#include <string.h>

/* Names that Prometheus's client libraries and promtool take: a prefix of our own,
 * _total at counters and nowhere else, parts of a histogram by their endings. */
static void
names_follow_the_conventions(void **state)
{
    (void)state;
    for (enum series s = 0; s < SERIES_COUNT; s++) {
        const char *name = series_name(s);
        size_t      n = strlen(name);
        bool        total = n > 6 && strcmp(name + n - 6, "_total") == 0;

        assert_int_equal(strncmp(name, "verdictd_", 9), 0);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), n);
        assert_int_equal(total, series_type(s) == SERIES_COUNTER);
        assert_true(strlen(series_help(s)) > 0);
        for (enum series other = 0; other < s; other++)
            assert_string_not_equal(series_name(other), name);
    }
}

static void
a_family_is_the_name_but_for_histograms(void **state)
{
    struct slice f = series_family(SERIES_DURATION_BUCKET);

    (void)state;
    assert_true(slice_is(f, "verdictd_request_duration_milliseconds"));
    assert_true(
        slice_is(series_family(SERIES_DURATION_COUNT), "verdictd_request_duration_milliseconds"));
    assert_true(slice_is(series_family(SERIES_REQUESTS), "verdictd_requests_total"));
    assert_string_equal(series_type_text(series_type(SERIES_DURATION_BUCKET)), "histogram");
}

/* Argo: successCondition result[0] == 1, failureCondition result[0] < 0. */
static void
only_a_pass_is_one_and_what_stops_is_below_zero(void **state)
{
    (void)state;
    check_close(series_verdict(VERDICT_PASS), 1, 0);
    check_close(series_verdict(VERDICT_HOLD), 0, 0);
    check_close(series_verdict(VERDICT_FAIL), -1, 0);
    check_close(series_verdict(VERDICT_ABORT), -2, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_conventions),
        cmocka_unit_test(a_family_is_the_name_but_for_histograms),
        cmocka_unit_test(only_a_pass_is_one_and_what_stops_is_below_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
