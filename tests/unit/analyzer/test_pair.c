#include "analyzer/pair.h"
#include "tests/support/check.h"

static void
only_counts_of_requests_are_valid(void **state)
{
    (void)state;
    static const struct {
        struct pair p;
        bool        want;
    } cases[] = {
        {{.n = {0, 0}, .x = {0, 0}}, true},
        {{.n = {5, 9}, .x = {5, 9}}, true},
        {{.n = {5, 9}, .x = {6, 9}}, false},
        {{.n = {5, 9}, .x = {5, 10}}, false},
        {{.n = {PAIR_MAX_REQUESTS, 1}, .x = {0, 0}}, true},
        {{.n = {1, PAIR_MAX_REQUESTS + 1}, .x = {0, 0}}, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(pair_valid(&cases[i].p), cases[i].want);
}

static void
sums_stay_valid_at_the_top(void **state)
{
    (void)state;
    struct pair       p = {.n = {PAIR_MAX_REQUESTS, 7}, .x = {PAIR_MAX_REQUESTS, 2}};
    const struct pair more = p;

    pair_add(&p, &more);
    assert_true(pair_valid(&p));
    assert_true(p.n[ARM_CANARY] == PAIR_MAX_REQUESTS);
    assert_int_equal(p.n[ARM_BASELINE], 14);
    assert_int_equal(p.x[ARM_BASELINE], 4);
}

/* Callers who gave up are nobody's fault in the user's view, where the final
 * outcome stands; in the attempt view they are part of both counts. */
static void
silence_counts_in_the_attempt_view_only(void **state)
{
    (void)state;
    static struct interval i;

    for (int v = 0; v < VIEW_COUNT; v++) {
        i.arm[v][ARM_CANARY] = (struct counts){
            .by_class = {[CLASS_OK] = 90,
                         [CLASS_APP] = 4,
                         [CLASS_INFRASTRUCTURE] = 1,
                         [CLASS_CLIENT] = 8,
                         [CLASS_INJECTED] = 50,
                         [CLASS_POLICY] = 60},
            .no_response = 7,
        };
        i.arm[v][ARM_BASELINE].by_class[CLASS_OK] = 3;
    }
    struct pair user = pair_of_faults(&i, VIEW_USER);
    struct pair attempt = pair_of_faults(&i, VIEW_ATTEMPT);

    assert_int_equal(user.n[ARM_CANARY], 95);
    assert_int_equal(user.x[ARM_CANARY], 5);
    assert_int_equal(attempt.n[ARM_CANARY], 102);
    assert_int_equal(attempt.x[ARM_CANARY], 12);
    assert_int_equal(attempt.n[ARM_BASELINE], 3);
    assert_int_equal(attempt.x[ARM_BASELINE], 0);
}

static void
packing_keeps_counts_and_refuses_others(void **state)
{
    (void)state;
    const struct pair p = {.n = {PAIR_MAX_REQUESTS, 300}, .x = {5, 0}};
    const struct pair bad = {.n = {1, 1}, .x = {2, 0}};
    struct pair       got;
    struct text       t;
    struct unpack     in;

    text_init(&t, 1000);
    pair_pack(&p, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    pair_unpack(&got, &in);
    assert_false(in.bad);
    assert_memory_equal(&got, &p, sizeof p);

    text_clear(&t);
    pair_pack(&bad, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    pair_unpack(&got, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_counts_of_requests_are_valid),
        cmocka_unit_test(sums_stay_valid_at_the_top),
        cmocka_unit_test(silence_counts_in_the_attempt_view_only),
        cmocka_unit_test(packing_keeps_counts_and_refuses_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
