#include "webhooks/ask.h"

#include "tests/support/check.h"
#include "tests/support/fakeport.h"

static void
a_run_keeps_what_it_was_started_with(void **state)
{
    static const struct {
        const char *canary, *stable, *key, *policy;
        enum status want;
    } cases[] = {
        {"", "", "", "", STATUS_OK},
        {"v2", "v1", "version", "default", STATUS_OK},
        {"v3", "", "", "", STATUS_CONFLICT},
        {"", "v0", "", "", STATUS_CONFLICT},
        {"", "", "revision", "", STATUS_CONFLICT},
        {"", "", "", "lax", STATUS_CONFLICT},
    };
    const struct verdict_view v = fakeport_view();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q = question_empty();
        struct err      err = {0};

        snprintf(q.canary, sizeof q.canary, "%s", cases[i].canary);
        snprintf(q.baseline, sizeof q.baseline, "%s", cases[i].stable);
        snprintf(q.key, sizeof q.key, "%s", cases[i].key);
        snprintf(q.policy, sizeof q.policy, "%s", cases[i].policy);
        assert_int_equal(ask_fits(&q, &v, &err), cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_keeps_what_it_was_started_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
