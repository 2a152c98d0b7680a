/* Time zones by POSIX rules: held against the C library, which reads the same rules. */
#include "base/zone.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>
#include <time.h>

static const char *const rules[] = {
    "UTC0",
    "CET-1CEST,M3.5.0,M10.5.0/3",      /* Berlin */
    "EST5EDT,M3.2.0,M11.1.0",          /* New York */
    "AEST-10AEDT,M10.1.0,M4.1.0/3",    /* Sydney: summer over the new year */
    "<+0330>-3:30",                    /* Tehran */
    "IST-1GMT0,M10.5.0,M3.5.0/1",      /* Dublin: winter is the exception */
    "EET-2EEST,M3.4.4/50,M10.4.4/50",  /* hours beyond the day */
    "<-03>3<-02>,M3.5.0/-1,M10.5.0/0", /* hours before it */
    "XXX4YYY,J60/0,J300/12",
    "XXX4YYY,59/0,299/12",
};

static void
offsets_are_those_of_the_c_library(void **state)
{
    struct prng chance = {7};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        struct zone z;
        struct err  err = {0};

        assert_int_equal(zone_parse(slice_of(rules[i]), &z, &err), STATUS_OK);
        setenv("TZ", rules[i], 1);
        tzset();
        for (int n = 0; n < 5000; n++) {
            time_t    t = (time_t)(prng_next(&chance) % 4102444800u); /* to 2100 */
            struct tm local;

            localtime_r(&t, &local);
            if (zone_offset_s(&z, t) != local.tm_gmtoff)
                fail_msg("%s at %lld: %d, not %ld", rules[i], (long long)t, zone_offset_s(&z, t),
                         local.tm_gmtoff);
        }
    }
}

/* date -u -d '2026-03-29 01:00' +%s and the like: the seconds at which clocks change. */
static void
clocks_change_at_the_second(void **state)
{
    struct zone z;
    struct err  err = {0};
    char        text[ZONE_TEXT_BYTES];
    (void)state;

    assert_int_equal(zone_parse(slice_of(rules[1]), &z, &err), STATUS_OK);
    assert_int_equal(zone_offset_s(&z, 1774746000 - 1), 3600);
    assert_int_equal(zone_offset_s(&z, 1774746000), 7200);
    assert_int_equal(zone_offset_s(&z, 1792890000 - 1), 7200);
    assert_int_equal(zone_offset_s(&z, 1792890000), 3600);
    zone_text(&z, 1774746000, text);
    assert_string_equal(text, "2026-03-29 03:00 +02:00");
}

static void
what_is_no_rule_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "UTC",
                                        "U0",
                                        "CET-1CEST",
                                        "CET-25",
                                        "CET-1CEST,M3",
                                        "CET-1CEST,M13.1.0,M1.1.0",
                                        "CET-1CEST,M3.5.0,M10.5.0/3x",
                                        "<+1>1",
                                        "CET-1:60",
                                        "CET-1CEST,M3.5.0/168,M10.5.0",
                                        "CET-1CEST,J0,J1"};
    struct zone              z;
    struct err               err = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (zone_parse(slice_of(wrong[i]), &z, &err) != STATUS_SYNTAX)
            fail_msg("%s", wrong[i]);
}

static void
names_are_looked_up_and_nothing_else(void **state)
{
    char       rule[ZONE_RULE_BYTES];
    struct err err = {0};
    (void)state;

    assert_int_equal(zone_rule(SLICE_LITERAL("UTC0"), rule, &err), STATUS_OK);
    assert_string_equal(rule, "UTC0");
    assert_int_equal(zone_rule(SLICE_LITERAL("../../etc/passwd"), rule, &err), STATUS_NOT_FOUND);
    assert_int_equal(zone_rule(SLICE_LITERAL("/etc/localtime"), rule, &err), STATUS_NOT_FOUND);
    assert_int_equal(zone_rule(SLICE_LITERAL("No/Where"), rule, &err), STATUS_NOT_FOUND);
    if (zone_rule(SLICE_LITERAL("Europe/Berlin"), rule, &err))
        print_message("skipped: no tzdata here\n");
    else
        assert_string_equal(rule, "CET-1CEST,M3.5.0,M10.5.0/3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_the_c_library),
        cmocka_unit_test(clocks_change_at_the_second),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(names_are_looked_up_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
