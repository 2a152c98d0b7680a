#include "webhooks/placebojson.h"

#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000 };

static struct record_placebo
row(const char *pod, int n, double log_r15, bool rolled_back)
{
    return (struct record_placebo){.pod = slice_of(pod),
                                   .window = {.start_ms = 1800000 * (int64_t)(n - 1),
                                              .end_ms = 1800000 * (int64_t)n,
                                              .rolled_back = rolled_back,
                                              .log_w = {9, 9, log_r15, 9}}};
}

static void
is(struct text *got, const char *want)
{
    assert_string_equal(got->p, want);
    text_clear(got);
}

static void
service_page(void **state)
{
    (void)state;
    struct placebojson   *p = calloc(1, sizeof *p);
    struct record_placebo rows[] = {row("b", 1, 0, false), row("a", 1, 800, true),
                                    row("b", 2, 0, false)};
    struct text           t;

    text_init(&t, 4096);
    placebojson_write(&t, p, "prod", "reviews", 0, 7 * (int64_t)DAY_MS);
    is(&t,
       "{\"service\":\"reviews\",\"namespace\":\"prod\",\"message\":\"in the last 7 days 0 of 0 "
       "placebo canaries would have been rolled back\",\"placebos\":0,\"rolled_back\":0,"
       "\"pods\":[]}");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        placebojson_add(p, &rows[i]);
    placebojson_write(&t, p, "prod", "reviews", 0, 6 * 3600 * 1000);
    is(&t, "{\"service\":\"reviews\",\"namespace\":\"prod\",\"from\":\"1970-01-01T00:00:00.000Z\","
           "\"to\":\"1970-01-01T01:00:00.000Z\",\"message\":\"in the last 6 hours 1 of 3 placebo "
           "canaries would have been rolled back\",\"placebos\":3,\"rolled_back\":1,\"pods\":["
           "{\"pod\":\"b\",\"placebos\":2,\"rolled_back\":0,\"evidence\":1},"
           "{\"pod\":\"a\",\"placebos\":1,\"rolled_back\":1,\"evidence\":1e+300}]}");
    text_release(&t);
    free(p);
}

/* However many pods a service has had, the page has an end. */
static void
many_pods_share_a_row(void **state)
{
    (void)state;
    struct placebojson *p = calloc(1, sizeof *p);
    struct text         t;

    for (int i = 0; i < PLACEBOJSON_MAX_PODS + 10; i++) {
        char                  name[16];
        struct record_placebo r;

        snprintf(name, sizeof name, "pod-%d", i);
        r = row(name, 1, 0, i >= PLACEBOJSON_MAX_PODS + 7);
        placebojson_add(p, &r);
    }
    text_init(&t, 64 << 10);
    placebojson_write(&t, p, "prod", "reviews", 0, DAY_MS);
    assert_non_null(strstr(t.p, "{\"pod\":\"other\",\"placebos\":10,\"rolled_back\":3,"));
    assert_non_null(strstr(t.p, "\"placebos\":266,\"rolled_back\":3,\"pods\""));
    text_release(&t);
    free(p);
}

static void
how_thresholds_came_about(void **state)
{
    (void)state;
    struct calibration_frozen f = calibration_none(CALIBRATION_YOUNG);
    struct jsonout            j;
    struct text               t;

    text_init(&t, 4096);
    jsonout_init(&j, &t);
    placebojson_frozen(&j, NULL, &f, true);
    is(&t, "{\"use\":\"young\",\"message\":\"too few placebo windows yet\",\"placebos\":0,"
           "\"rolled_back\":0}");
    f = (struct calibration_frozen){.use = CALIBRATION_USED,
                                    .floor = 1,
                                    .older = 100,
                                    .newer = 100,
                                    .from_ms = 0,
                                    .until_ms = 3600000,
                                    .tau = {0, 800, 0, 0},
                                    .tally = {1680, 3},
                                    .tally_ms = 7 * (int64_t)DAY_MS};
    jsonout_init(&j, &t);
    placebojson_frozen(&j, NULL, &f, true);
    is(&t,
       "{\"use\":\"used\",\"message\":\"thresholds learned from placebo canaries; in the last 7 "
       "days 3 of 1,680 placebo canaries would have been rolled back\",\"placebos\":1680,"
       "\"rolled_back\":3,\"windows\":200,\"from\":\"1970-01-01T00:00:00.000Z\","
       "\"to\":\"1970-01-01T01:00:00.000Z\",\"limits\":[1,"
       "1e+300,1,1]}");
    jsonout_init(&j, &t);
    placebojson_frozen(&j, NULL, &f, false);
    is(&t,
       "{\"use\":\"used\",\"message\":\"thresholds learned from placebo canaries; in the last 7 "
       "days 3 of 1,680 placebo canaries would have been rolled back\"}");
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(service_page),
        cmocka_unit_test(many_pods_share_a_row),
        cmocka_unit_test(how_thresholds_came_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
