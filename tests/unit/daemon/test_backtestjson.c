#include "tests/support/check.h"

#include "daemon/backtestjson.h"

static void
check_json(const struct backtest_report *r, const char *want)
{
    struct text    t;
    struct jsonout j;

    text_init(&t, 1 << 16);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    backtestjson_put(&j, r, 0.01);
    jsonout_end_object(&j);
    assert_string_equal(t.p, want);
    text_release(&t);
}

static void
nothing_was_seen(void **state)
{
    static const struct backtest_report r = {0};

    (void)state;
    check_json(&r, "{\"intervals\":0}");
}

/* What is never is left out; weights are percent.  The bounds are Wilson's, of
 * 0 of 1: 0 and z^2 / (1 + z^2) with z = 1.95996. */
static void
what_is_known(void **state)
{
    struct backtest_report r = {.from_ms = 1000,
                                .to_ms = 2000,
                                .intervals = 7,
                                .windows = 2,
                                .dropped = 1,
                                .pods = 3,
                                .plain = {.placebos = 1, .rolled_back = 0},
                                .per_s = 10,
                                .faults = 0.5,
                                .n_limits = 2};
    struct backtest_range  wilson = backtest_range(0, 1);
    char                   want[2048];

    (void)state;
    for (size_t k = 0; k < BACKTEST_WEIGHTS; k++)
        r.at[k] = (struct backtest_weight){.weight = 0.5,
                                           .canary_per_s = 5,
                                           .detects = NAN,
                                           .calibrated = NAN,
                                           .pass_s = k ? NAN : 60};
    r.limits[0] =
        (struct backtest_limit){.name = "p95", .known = true, .judged = 9, .broken = 1, .times = 1};
    r.limits[1] = (struct backtest_limit){.name = "mine"};
    check_close(wilson.upper, 3.84146 / 4.84146, 1e-5);
    (void)snprintf(
        want, sizeof want,
        "{\"intervals\":7,\"from\":\"1970-01-01T00:00:01.000Z\","
        "\"to\":\"1970-01-01T00:00:02.000Z\",\"pods\":3,\"requests_per_s\":10,\"faults\":0.5,"
        "\"windows\":2,\"windows_given_up\":1,\"false_rollback_rate\":0.01,"
        "\"without_calibration\":{\"placebos\":1,\"rolled_back\":0,\"share\":0,\"lower\":0,"
        "\"upper\":%.16g},\"with_calibration\":{\"placebos\":0,\"rolled_back\":0},"
        "\"weights\":[{\"weight\":50,\"canary_per_s\":5,\"pass_after_s\":60},"
        "{\"weight\":50,\"canary_per_s\":5},{\"weight\":50,\"canary_per_s\":5},"
        "{\"weight\":50,\"canary_per_s\":5},{\"weight\":50,\"canary_per_s\":5}],"
        "\"limits\":[{\"name\":\"p95\",\"known\":true,\"judged\":9,\"broken\":1,\"times\":1},"
        "{\"name\":\"mine\",\"known\":false}]}",
        wilson.upper);
    check_json(&r, want);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_was_seen),
        cmocka_unit_test(what_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
