/* Windows of the week: when they are open, and when they open next. */
#include "analyzer/openhours.h"

#include "tests/support/check.h"

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define OFFICE "mon-fri 09:00-17:00, sat 10:00-12:00"

/* date -u -d '2026-11-23 08:00' +%s: a Monday, 09:00 in Berlin */
static const int64_t monday_nine_s = 1795420800;

static struct openhours
open_hours(const char *windows, const char *rule)
{
    struct openhours c = {0};
    struct err       err = {0};

    if (openhours_read(slice_of(windows), slice_of(rule), &c, &err))
        fail_msg("%s", err.text);
    return c;
}

static void
open_and_closed(void **state)
{
    static const struct {
        const char *windows;
        int64_t     minutes; /* from Monday 09:00 on */
        bool        open;
        int64_t     opens; /* minutes likewise */
    } cases[] = {
        {OFFICE, 0, true, 0},
        {OFFICE, -1, false, 0},
        {OFFICE, 8 * 60 - 1, true, 8 * 60 - 1},
        {OFFICE, 8 * 60, false, 24 * 60},
        {OFFICE, 4 * 1440 + 8 * 60, false, 5 * 1440 + 60},    /* Friday evening: Saturday ten */
        {OFFICE, 5 * 1440 + 2 * 60, true, 5 * 1440 + 2 * 60}, /* Saturday eleven */
        {OFFICE, 5 * 1440 + 3 * 60, false, 7 * 1440},         /* noon: Monday */
        {"fri-mon 22:00-06:00", 0, false, 13 * 60},           /* over the week's end and midnight */
        {"fri-mon 22:00-06:00", -4 * 60, true, -4 * 60},      /* Monday five: Sunday's */
        {"fri-mon 22:00-06:00", 20 * 60, true, 20 * 60},      /* Tuesday five: Monday's */
        {"fri-mon 22:00-06:00", 44 * 60, false, 4 * 1440 + 13 * 60}, /* Wednesday five */
        {"sun 00:00-24:00", 6 * 1440, true, 6 * 1440},
        {"mon-sun 00:00-24:00", 12345, true, 12345},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct openhours c = open_hours(cases[i].windows, BERLIN);
        int64_t          at_ms = (monday_nine_s + cases[i].minutes * 60) * 1000;

        if (openhours_is_open(&c, at_ms) != cases[i].open ||
            openhours_opens_ms(&c, at_ms) != (monday_nine_s + cases[i].opens * 60) * 1000)
            fail_msg("case %zu: opens %lld minutes after", i,
                     (long long)(openhours_opens_ms(&c, at_ms) / 60000 - monday_nine_s / 60));
    }
}

/* Every minute of a year with both changes of the clocks: where it is closed, the next
 * opening is open and the minute before it is not. */
static void
the_next_opening_is_the_next(void **state)
{
    struct openhours c = open_hours("sun 02:30-03:30, wed 23:00-01:00", BERLIN);
    int64_t          opens_ms = 0;
    (void)state;

    for (int64_t m = 0; m < 366 * 1440; m += 7) {
        int64_t at_ms = (monday_nine_s + m * 60) * 1000, next = openhours_opens_ms(&c, at_ms);

        assert_true(openhours_is_open(&c, next));
        if (openhours_is_open(&c, at_ms)) {
            assert_true(next == at_ms);
            continue;
        }
        assert_false(openhours_is_open(&c, next - 60000));
        assert_true(next > at_ms && next >= opens_ms);
        opens_ms = next;
    }
}

static void
what_is_no_window_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "mon",
                                        "mon 9-17",
                                        "mon 09:00",
                                        "day 09:00-17:00",
                                        "mon-fry 09:00-17:00",
                                        "mon 09:00-25:00",
                                        "mon 09:60-17:00",
                                        "mon 24:00-24:00",
                                        "mon 09:00-17:00,,",
                                        "Mon 09:00-17:00"};
    struct openhours         c = {0};
    struct err               err = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (openhours_read(slice_of(wrong[i]), SLICE_LITERAL("UTC0"), &c, &err) != STATUS_SYNTAX)
            fail_msg("%s", wrong[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_and_closed),
        cmocka_unit_test(the_next_opening_is_the_next),
        cmocka_unit_test(what_is_no_window_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
