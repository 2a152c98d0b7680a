#include "daemon/flaggerevent.h"
#include "tests/support/check.h"

#include "base/base.h"

/* The messages of fluxcd/flagger pkg/controller/scheduler.go. */
static void
only_the_canarys_weight_is_one(void **state)
{
    static const struct {
        const char *message;
        double      weight;
    } cases[] = {
        {"Advance podinfo.test canary weight 5", 5},
        {"Advance podinfo.test canary weight 0", 0},
        {"Advance podinfo.test canary weight 100", 100},
        {"Advance podinfo.test canary weight 101", NAN},
        {"Advance podinfo.test canary weight -5", NAN},
        {"Advance podinfo.test canary weight 5.5", NAN},
        {"Advance podinfo.test canary weight 5 ", NAN},
        {"Advance podinfo.test canary weight ", NAN},
        {"Advance podinfo.test canary weight", NAN},
        {"Advance podinfo.test canary weight 99999999999999999999", NAN},
        {"Advance podinfo.test primary weight 50", NAN},
        {"Advance podinfo.test canary iteration 1/10", NAN},
        {"Advance  canary weight 7", 7}, /* a name that is missing is none of our business */
        {"advance podinfo.test canary weight 5", NAN},
        {"Halt podinfo.test advancement success rate 98.69% < 99%", NAN},
        {"Starting canary analysis for podinfo.test", NAN},
        {"Promotion completed! Scaling down podinfo.test", NAN},
        {"", NAN},
        {"Advance", NAN},
        {" ", NAN},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_close(flaggerevent_weight(slice_of(cases[i].message)), cases[i].weight, 0);
    assert_true(isnan(flaggerevent_weight((struct slice){0})));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_canarys_weight_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
