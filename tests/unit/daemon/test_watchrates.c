#include "tests/support/check.h"

#include "daemon/watchrates.h"

static json_t *
read_json(const char *text)
{
    json_t    *v = NULL;
    struct err err = {0};

    if (json_parse(slice_of(text), 16, &v, &err))
        fail_msg("%s", err.text);
    return v;
}

static void
rates_of_intervals(void **state)
{
    static const char answer[] =
        "{\"intervals\":[{\"end\":\"2026-11-22T22:00:05.000Z\",\"user\":{\"canary\":{\"requests\":"
        "10,"
        "\"faults\":1},\"stable\":{\"requests\":0,\"faults\":0}},\"attempt\":{\"canary\":{"
        "\"requests\":"
        "10,\"faults\":10}}},{\"end\":\"2026-11-22T22:00:10.000Z\",\"attempt\":{\"canary\":{"
        "\"requests\":4,\"faults\":1},\"stable\":{\"requests\":5,\"faults\":0}}},{\"end\":"
        "\"nonsense\"}]}";
    struct watchrates r = {0};
    json_t           *a = read_json(answer);

    (void)state;
    watchrates_add(&r, a);
    watchrates_add(&r, a); /* known already */
    assert_int_equal(r.n, 2);
    check_close(r.canary[0], 0.9, 1e-12);
    check_close(r.stable[0], NAN, 0);
    check_close(r.canary[1], 0.75, 1e-12);
    check_close(r.stable[1], 1, 0);
    assert_int_equal(r.last_ms, 1795384810000); /* date -u -d 2026-11-22T22:00:10 +%s */
    json_decref(a);
    for (int i = 0; i < 100; i++) { /* only the newest are kept */
        a = json_pack("{s:[{s:s,s:{s:{s:i,s:i}}}]}", "intervals", "end", "2026-11-22T23:00:00.000Z",
                      "user", "canary", "requests", 100, "faults", i);
        r.last_ms = 0;
        watchrates_add(&r, a);
        json_decref(a);
    }
    assert_int_equal(r.n, WATCHRATES_MOST);
    check_close(r.canary[WATCHRATES_MOST - 1], 0.01, 1e-12);
    check_close(r.canary[0], 1 - 0.01 * (100 - WATCHRATES_MOST), 1e-12);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_of_intervals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
