#include "store/believedtime.h"

#include "tests/support/check.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)
#define T0 INT64_C(1700000000000)

/* What is looked at hour by hour: the clock, and what is believed of it. */
static int64_t
over_hours(struct believedtime *b, int hours, int64_t wall_ms, int64_t *mono_ms)
{
    int64_t told = 0;

    for (int h = 0; h < hours; h++) {
        *mono_ms += HOUR;
        wall_ms += HOUR;
        told = believedtime_ms(b, wall_ms, *mono_ms, T0);
    }
    return told;
}

static void
test_a_clock_that_runs_is_believed(void **state)
{
    struct believedtime b = {0};
    int64_t             mono = 5000;

    (void)state;
    assert_true(believedtime_ms(&b, T0 + HOUR, mono, T0) == T0 + HOUR);
    assert_true(over_hours(&b, 1000, T0 + HOUR, &mono) == T0 + 1001 * HOUR);
    /* Back, and half an hour ahead: a clock that is set right. */
    assert_true(believedtime_ms(&b, T0 + 900 * HOUR, mono, T0) == T0 + 900 * HOUR);
    assert_true(believedtime_ms(&b, T0 + 900 * HOUR + HOUR / 2, mono, T0) ==
                T0 + 900 * HOUR + HOUR / 2);
}

static void
test_a_jump_ahead_counts_after_a_day(void **state)
{
    struct believedtime b = {0};
    int64_t             mono = 5000, told;

    (void)state;
    (void)believedtime_ms(&b, T0, mono, T0);
    told = over_hours(&b, 24, T0 + YEAR, &mono);
    assert_true(told == T0 + 24 * HOUR);
    assert_true(over_hours(&b, 1, T0 + YEAR + DAY, &mono) == T0 + YEAR + 25 * HOUR);
}

/* Each time that it stands elsewhere the day begins anew. */
static void
test_a_clock_that_jumps_about_is_not_believed(void **state)
{
    struct believedtime b = {0};
    int64_t             mono = 5000, told = 0;

    (void)state;
    (void)believedtime_ms(&b, T0, mono, T0);
    for (int day = 1; day <= 10; day++)
        told = over_hours(&b, 20, T0 + day * YEAR, &mono);
    assert_true(told == T0 + 200 * HOUR);
    assert_true(over_hours(&b, 1, T0 + 200 * HOUR, &mono) == T0 + 201 * HOUR);
}

/* Nobody knows at the start whether nothing happened for a year, or the clock is wrong. */
static void
test_a_start_far_behind_the_last_run_waits_a_day(void **state)
{
    struct believedtime b = {0}, empty = {0};
    int64_t             mono = 5000;

    (void)state;
    assert_true(believedtime_ms(&b, T0 + YEAR, mono, T0) == T0 + DAY);
    assert_true(over_hours(&b, 23, T0 + YEAR, &mono) == T0 + DAY + 23 * HOUR);
    assert_true(over_hours(&b, 1, T0 + YEAR + 23 * HOUR, &mono) == T0 + YEAR + DAY);
    /* Where no run is there is nothing to lose; nor does one from the future help. */
    assert_true(believedtime_ms(&empty, T0 + YEAR, mono, 0) == T0 + YEAR);
    assert_true(believedtime_ms(&empty, T0, mono, INT64_MAX) == T0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clock_that_runs_is_believed),
        cmocka_unit_test(test_a_jump_ahead_counts_after_a_day),
        cmocka_unit_test(test_a_clock_that_jumps_about_is_not_believed),
        cmocka_unit_test(test_a_start_far_behind_the_last_run_waits_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
