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

static void
starts_and_ends_are_told_apart(void **state)
{
    static const struct {
        const char       *message;
        enum flaggerevent what;
    } cases[] = {
        {"Starting canary analysis for podinfo.test", FLAGGEREVENT_STARTED},
        {"Promotion completed! Scaling down podinfo.test", FLAGGEREVENT_COMPLETED},
        {"Promotion completed! Canary analysis was skipped for podinfo.test",
         FLAGGEREVENT_COMPLETED},
        {"Canary failed! Scaling down podinfo.test", FLAGGEREVENT_FAILED},
        /* these carry the checksum of the release before, or end nothing yet */
        {"New revision detected! Scaling up podinfo.test", FLAGGEREVENT_OTHER},
        {"New revision detected! Restarting analysis for podinfo.test", FLAGGEREVENT_OTHER},
        {"Rolling back podinfo.test failed checks threshold reached 5", FLAGGEREVENT_OTHER},
        {"Promotion of podinfo.test failed, primary not ready", FLAGGEREVENT_OTHER},
        {"Halt podinfo.test advancement Promotion completed!", FLAGGEREVENT_OTHER},
        {"Advance podinfo.test canary weight 5", FLAGGEREVENT_OTHER},
        {"", FLAGGEREVENT_OTHER},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(flaggerevent_of(slice_of(cases[i].message)), cases[i].what);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_canarys_weight_is_one),
        cmocka_unit_test(starts_and_ends_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
