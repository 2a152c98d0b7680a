#include "base/clock.h"

#include "tests/support/check.h"

static void
rfc3339(void **state)
{
    static const struct {
        int64_t     ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"}, /* date -u -d 2000-02-29 +%s */
        {1795385405120, "2026-11-22T22:10:05.120Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };
    char out[CLOCK_RFC3339_BYTES];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        clock_rfc3339(cases[i].ms, out);
        assert_string_equal(out, cases[i].text);
    }
    clock_rfc3339(INT64_MAX, out); /* in bounds, whatever it says */
    clock_rfc3339(INT64_MIN, out);
}

static void
system_clock_moves_forward(void **state)
{
    int64_t wall = clock_wall_ms(&clock_system);
    int64_t last = clock_mono_ms(&clock_system);

    (void)state;
    assert_true(wall > 1700000000000); /* after 2023 */
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_mono_ms(&clock_system);

        assert_true(now >= last);
        last = now;
    }
}

/* The kernel's tick is 10 ms at most; a second is for machines that stand still. */
static void
the_coarse_clock_is_behind_but_not_far(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t before_ms = clock_mono_ms(&clock_system);
        int64_t coarse_ms = clock_mono_coarse_ms();

        assert_true(coarse_ms <= clock_mono_ms(&clock_system));
        assert_true(coarse_ms >= before_ms - 1000);
    }
}

static void
thread_cpu_time_grows_with_work(void **state)
{
    int64_t           from = clock_thread_cpu_us();
    volatile unsigned n = 0;

    (void)state;
    while (clock_thread_cpu_us() <= from && n < 1u << 30) /* ends long before */
        n++;
    assert_true(clock_thread_cpu_us() > from);
}

/* date -u -d TIME +%s%3N; RFC 3339 section 5.6 says what is one. */
static void
rfc3339_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t     ms; /* INT64_MIN: none */
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-22T22:10:05.120Z", 1795385405120},
        {"2026-11-22T22:10:05.1209999999999999999999Z", 1795385405120},
        {"2026-11-22T22:10:05.1Z", 1795385405100},
        {"1969-12-31T23:59:59.5Z", -500},
        {"0000-01-01T00:00:00Z", -62167219200000},
        {"9999-12-31T23:59:59Z", 253402300799000},
        {"2026-11-23T03:40:05+05:30", 1795385405000},
        {"2026-11-22T14:10:05-08:00", 1795385405000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2023-02-29T00:00:00Z", INT64_MIN},
        {"2026-13-01T00:00:00Z", INT64_MIN},
        {"2026-00-01T00:00:00Z", INT64_MIN},
        {"2026-11-31T00:00:00Z", INT64_MIN},
        {"2026-11-22T24:00:00Z", INT64_MIN},
        {"2026-11-22T23:60:00Z", INT64_MIN},
        {"2026-11-22T23:59:60Z", INT64_MIN},
        {"2026-11-22T22:10:05", INT64_MIN},
        {"2026-11-22T22:10:05z", INT64_MIN},
        {"2026-11-22 22:10:05Z", INT64_MIN},
        {"2026-11-22T22:10:05.Z", INT64_MIN},
        {"2026-11-22T22:10:05+0530", INT64_MIN},
        {"2026-11-22T22:10:05+24:00", INT64_MIN},
        {"2026-11-22T22:10:05Z ", INT64_MIN},
        {"+026-11-22T22:10:05Z", INT64_MIN},
        {"", INT64_MIN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t     ms = INT64_MIN;
        enum status s = clock_read_rfc3339(slice_of(cases[i].text), &ms);

        if (s != (cases[i].ms == INT64_MIN ? STATUS_SYNTAX : STATUS_OK) || ms != cases[i].ms)
            fail_msg("%s: %s %lld", cases[i].text, status_text(s), (long long)ms);
    }
}

static int64_t
fixed(void *self)
{
    return *(const int64_t *)self;
}

static void
tests_can_replace_it(void **state)
{
    int64_t      now = 1234;
    struct clock c = {fixed, fixed, &now};

    (void)state;
    assert_int_equal(clock_wall_ms(&c), 1234);
    now++;
    assert_int_equal(clock_mono_ms(&c), 1235);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc3339),
        cmocka_unit_test(rfc3339_is_read),
        cmocka_unit_test(system_clock_moves_forward),
        cmocka_unit_test(the_coarse_clock_is_behind_but_not_far),
        cmocka_unit_test(thread_cpu_time_grows_with_work),
        cmocka_unit_test(tests_can_replace_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
