#include "analyzer/split.h"
#include "tests/unit/analyzer/traffic.h"

static const struct policy usual = {.split = {.on = true, .false_alarm_rate = .001}};

static struct interval scratch;

static void
feed(struct split *s, int n, uint64_t canary, uint64_t baseline, double percent, bool settled)
{
    const struct pair p = {.n = {canary, baseline}};

    for (int k = 0; k < n; k++) {
        traffic_fill(&scratch, VIEW_USER, k * INT64_C(5000), (k + 1) * INT64_C(5000), &p);
        split_apply(s, &scratch, VIEW_USER, percent, settled);
    }
}

static void
asked_where_a_share_of_the_users_is_routed(void **state)
{
    (void)state;
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        struct policy p = usual;
        struct split  s;

        p.phase = (enum phase)phase;
        split_init(&s, &p);
        assert_int_equal(split_result(&s).reason,
                         phase == PHASE_CANARY ? REASON_NO_WEIGHT : REASON_NOT_CONFIGURED);
    }
}

static void
holds_the_share_against_the_weight(void **state)
{
    static const struct {
        const char         *what;
        uint64_t            canary, baseline;
        double              percent;
        bool                settled;
        enum verdict        verdict;
        enum verdict_reason reason;
    } cases[] = {
        {"right", 200, 800, 20, true, VERDICT_PASS, REASON_WITHIN_LIMIT},
        {"within the tolerance", 210, 790, 20, true, VERDICT_PASS, REASON_WITHIN_LIMIT},
        {"too much", 500, 500, 20, true, VERDICT_HOLD, REASON_ROUTING_MISMATCH},
        {"none of it", 0, 1000, 20, true, VERDICT_HOLD, REASON_ROUTING_MISMATCH},
        {"nobody said", 500, 500, NAN, true, VERDICT_HOLD, REASON_NO_WEIGHT},
        {"all of it", 500, 500, 100, true, VERDICT_HOLD, REASON_NO_WEIGHT},
        {"still settling", 500, 500, 20, false, VERDICT_HOLD, REASON_NO_WEIGHT},
        {"counts that are none", UINT64_MAX, 2, 20, true, VERDICT_HOLD, REASON_NO_WEIGHT},
        {"more than a double holds", UINT64_C(1) << 53, 2, 20, true, VERDICT_HOLD,
         REASON_NO_WEIGHT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct split        s;
        struct check_result r;

        split_init(&s, &usual);
        feed(&s, 60, cases[i].canary, cases[i].baseline, cases[i].percent, cases[i].settled);
        r = split_result(&s);
        if (r.verdict != cases[i].verdict || r.reason != cases[i].reason)
            fail_msg("%s: %s %s", cases[i].what, verdict_text(r.verdict),
                     verdict_reason_text(r.reason));
        if (r.reason != REASON_NO_WEIGHT) {
            double n = (double)(cases[i].canary + cases[i].baseline);

            check_close(r.value, (double)cases[i].canary / n, 1e-12);
            check_close(r.limit, .2, 1e-12);
        }
        if (r.reason == REASON_ROUTING_MISMATCH)
            assert_true(r.evidence >= 1000); /* 1 over the rate */
    }
}

/* Mended routing ends the hold: the deviation fades with a half-life of 2 min. */
static void
it_recovers(void **state)
{
    struct split s;
    (void)state;

    split_init(&s, &usual);
    feed(&s, 60, 500, 500, 20, true);
    assert_int_equal(split_result(&s).reason, REASON_ROUTING_MISMATCH);
    feed(&s, 240, 200, 800, 20, true);
    assert_int_equal(split_result(&s).reason, REASON_WITHIN_LIMIT);
}

static void
it_goes_on_where_it_stopped(void **state)
{
    struct split  s, again;
    struct text   t;
    struct unpack in;
    (void)state;

    split_init(&s, &usual);
    split_init(&again, &usual);
    feed(&s, 20, 300, 700, 20, true);
    check_restore(split_pack, split_unpack, &s, &again);
    feed(&s, 20, 300, 700, 20, true);
    feed(&again, 20, 300, 700, 20, true);
    check_same_state(split_pack, &s, &again);
    text_init(&t, 16);
    pack_u8(&t, 99); /* another version's */
    in = (struct unpack){.rest = text_slice(&t)};
    split_unpack(&again, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_where_a_share_of_the_users_is_routed),
        cmocka_unit_test(holds_the_share_against_the_weight),
        cmocka_unit_test(it_recovers),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
