#include "analyzer/judgement.h"
#include "tests/unit/analyzer/traffic.h"

#include <stdio.h>

static struct interval i;

static struct policy
errors_only(void)
{
    struct policy p = {.false_rollback_rate = .01,
                       .false_pass_rate = .05,
                       .robust_block_ms = 15000,
                       .min_requests = 100};

    p.error_rate = (struct policy_comparison){true, 1.1, .0005, 1.5, .001};
    return p;
}

/* Four pods on each side, 50 requests each in 5 s; the faults of each canary pod. */
static void
fill(int tick, const uint64_t faults[4])
{
    i = (struct interval){.start_ms = tick * 5000, .end_ms = (tick + 1) * 5000, .n_pods = 8};
    i.present[VIEW_ATTEMPT] = true;
    for (uint32_t p = 0; p < i.n_pods; p++) {
        struct interval_pod *pod = &i.pods[p];
        struct counts       *c;

        pod->arm = p < 4 ? ARM_CANARY : ARM_BASELINE;
        snprintf(pod->name, sizeof pod->name, "reviews-%s-%u", p < 4 ? "v2" : "v1", p % 4);
        pod->requests = 50;
        pod->faults = p < 4 ? faults[p] : 0;
        c = &i.arm[VIEW_ATTEMPT][pod->arm];
        c->by_class[CLASS_APP] += pod->faults;
        c->by_class[CLASS_OK] += pod->requests - pod->faults;
    }
}

static struct judgement
after(int ticks, const uint64_t faults[4])
{
    const struct policy            *p;
    static struct policy            policy;
    const struct calibration_frozen none = calibration_none(CALIBRATION_OFF);
    struct judgement                j;

    policy = errors_only();
    p = &policy;
    judgement_init(&j, p, .01, &none);
    for (int t = 0; t < ticks; t++) {
        fill(t, faults);
        judgement_apply(&j, &i, VIEW_ATTEMPT, true);
    }
    return j;
}

static void
one_pod_is_named(void **state)
{
    static const struct {
        uint64_t faults[4];
        bool     found;
    } cases[] = {
        {{0, 0, 8, 0}, true},  {{0, 0, 8, 1}, true},  {{2, 2, 2, 2}, false}, /* the version */
        {{0, 0, 0, 0}, false}, {{4, 4, 0, 0}, false},                        /* two of them */
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        struct judgement j = after(2, cases[k].faults);

        assert_int_equal(j.lone.found, cases[k].found);
        if (!j.lone.found)
            continue;
        assert_string_equal(j.lone.name, "reviews-v2-2");
        assert_int_equal(j.lone.arm, ARM_CANARY);
        assert_int_equal(j.lone.x, 16);
        assert_int_equal(j.lone.n, 100);
        assert_int_equal(j.lone.others_n, 300);
        assert_int_equal(j.lone.pods, 4);
    }
}

static void
undecided_because_of_one_pod_says_so(void **state)
{
    static const uint64_t one[4] = {0, 0, 8, 0};
    struct judgement      j = after(2, one);
    struct check_result   all[CHECK_COUNT];

    (void)state;
    judgement_results(&j, VIEW_ATTEMPT, all);
    assert_int_equal(all[CHECK_ERROR_RATE].verdict, VERDICT_HOLD);
    assert_int_equal(all[CHECK_ERROR_RATE].reason, REASON_ONE_BAD_POD);
}

static void
a_restored_one_is_the_same(void **state)
{
    static const uint64_t one[4] = {0, 0, 8, 0};
    struct judgement      j = after(2, one);
    struct lonepod        back;

    (void)state;
    check_restore(lonepod_pack, lonepod_unpack, &j.lone, &back);
    assert_string_equal(back.name, j.lone.name);
    assert_int_equal(back.others_n, j.lone.others_n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_pod_is_named),
        cmocka_unit_test(undecided_because_of_one_pod_says_so),
        cmocka_unit_test(a_restored_one_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
