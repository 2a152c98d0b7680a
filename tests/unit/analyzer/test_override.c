/* What a person says over the checks (api.md, "Overrides"). */
#include "analyzer/override.h"
#include "tests/unit/analyzer/run_play.h"

static struct play p;

enum { MINUTE = 60000, TICK = 5000 };

static struct override
says(enum override_action a, int64_t until_ms)
{
    return (struct override){.action = a, .until_ms = until_ms, .by = "ada", .why = "seen by hand"};
}

/* The table of api.md; - : what was judged is told. */
static void
each_action_over_each_verdict(void **state)
{
    enum { JUDGED = -1 };
    static const struct {
        enum override_action action;
        int                  told[VERDICT_COUNT];
        enum verdict_reason  reason;
    } cases[] = {
        {OVERRIDE_NONE,
         {[VERDICT_PASS] = JUDGED,
          [VERDICT_HOLD] = JUDGED,
          [VERDICT_FAIL] = JUDGED,
          [VERDICT_ABORT] = JUDGED},
         REASON_NONE},
        {OVERRIDE_APPROVE,
         {[VERDICT_PASS] = JUDGED,
          [VERDICT_HOLD] = VERDICT_PASS,
          [VERDICT_FAIL] = JUDGED,
          [VERDICT_ABORT] = JUDGED},
         REASON_APPROVED},
        {OVERRIDE_FORCE,
         {[VERDICT_PASS] = JUDGED,
          [VERDICT_HOLD] = VERDICT_PASS,
          [VERDICT_FAIL] = VERDICT_PASS,
          [VERDICT_ABORT] = VERDICT_PASS},
         REASON_FORCED},
        {OVERRIDE_VETO,
         {[VERDICT_PASS] = VERDICT_ABORT,
          [VERDICT_HOLD] = VERDICT_ABORT,
          [VERDICT_FAIL] = VERDICT_ABORT,
          [VERDICT_ABORT] = VERDICT_ABORT},
         REASON_VETO},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (int v = 0; v < VERDICT_COUNT; v++) {
            struct view_answer judged = {.verdict = (enum verdict)v, .reason = REASON_NOT_PROVEN};
            struct override    o = says(cases[i].action, 1000);
            struct view_answer told = override_told(&o, &judged, 999);
            bool               same = cases[i].told[v] == JUDGED;

            assert_int_equal(told.verdict, same ? v : cases[i].told[v]);
            assert_int_equal(told.reason, same ? REASON_NOT_PROVEN : cases[i].reason);
            if (!same)
                assert_non_null(strstr(told.message, "by ada: seen by hand"));
            told = override_told(&o, &judged, 1000); /* over at that very instant */
            assert_int_equal(told.verdict, v);
        }
}

static void
texts_are_read_back(void **state)
{
    enum override_action a;

    (void)state;
    for (int i = OVERRIDE_APPROVE; i < OVERRIDE_COUNT; i++) {
        assert_int_equal(override_parse(slice_of(override_text((enum override_action)i)), &a),
                         STATUS_OK);
        assert_int_equal(a, i);
    }
    assert_int_equal(override_parse(SLICE_LITERAL("none"), &a), STATUS_SYNTAX);
    assert_int_equal(override_parse(SLICE_LITERAL("Approve"), &a), STATUS_SYNTAX);
}

static void
start(void)
{
    const struct policy usual = play_policy();

    play_start(&p, &usual);
}

static bool
say(enum override_action a, int64_t for_ms)
{
    struct override o = says(a, for_ms ? p.now_ms + for_ms : 0);
    bool            taken = run_override(&p.r, &o, p.now_ms);

    (void)run_decide(&p.r, p.now_ms);
    return taken;
}

static void
an_approval_holds_until_it_expires(void **state)
{
    (void)state;
    start();
    (void)play(&p, TICK, 100, 0, 900, 0);
    PLAY_PROMOTE(&p, HOLD, WARMING_UP);
    assert_true(say(OVERRIDE_APPROVE, 4 * TICK));
    PLAY_PROMOTE(&p, PASS, APPROVED);
    PLAY_STEP(&p, PASS, APPROVED);
    assert_int_equal(p.r.decided.reason, REASON_WARMING_UP); /* the judging goes on */
    (void)run_decide(&p.r, p.now_ms + 4 * TICK - 1);
    PLAY_PROMOTE(&p, PASS, APPROVED);
    assert_true(run_decide(&p.r, p.now_ms + 4 * TICK));
    PLAY_PROMOTE(&p, HOLD, WARMING_UP);
    assert_int_equal(p.r.override.action, OVERRIDE_NONE);
}

static void
an_approval_does_not_stop_an_abort(void **state)
{
    (void)state;
    start();
    assert_true(say(OVERRIDE_APPROVE, 60 * MINUTE));
    (void)play(&p, TICK, 100, 100, 900, 0);
    (void)play(&p, TICK, 100, 100, 900, 0);
    PLAY_PROMOTE(&p, ABORT, DEAD_CANARY);
    assert_int_equal(p.r.state, RUN_ABORTED);
}

/* The abort is there again when the word is over: it was latched underneath. */
static void
force_lets_an_aborted_run_go_on_for_a_while(void **state)
{
    (void)state;
    start();
    (void)play(&p, TICK, 100, 100, 900, 0);
    (void)play(&p, TICK, 100, 100, 900, 0);
    assert_true(say(OVERRIDE_FORCE, MINUTE));
    PLAY_PROMOTE(&p, PASS, FORCED);
    PLAY_STEP(&p, PASS, FORCED);
    (void)run_decide(&p.r, p.now_ms + MINUTE);
    PLAY_PROMOTE(&p, ABORT, DEAD_CANARY);
}

static void
a_veto_aborts_until_it_is_cleared(void **state)
{
    (void)state;
    start();
    (void)play(&p, TICK, 100, 0, 900, 0);
    assert_true(say(OVERRIDE_VETO, 0));
    PLAY_PROMOTE(&p, ABORT, VETO);
    PLAY_STEP(&p, ABORT, VETO);
    play_well(&p, 300, 200, 1800);
    PLAY_PROMOTE(&p, ABORT, VETO);
    assert_true(say(OVERRIDE_CLEAR, 0));
    PLAY_PROMOTE(&p, PASS, PROVEN);
    assert_int_equal(p.r.state, RUN_JUDGING);
}

/* Cleared, an aborted run is over; live or ended, its abort is told no more. */
static void
clear_ends_an_abort(void **state)
{
    (void)state;
    for (int ended = 0; ended < 2; ended++) {
        start();
        (void)play(&p, TICK, 100, 100, 900, 0);
        (void)play(&p, TICK, 100, 100, 900, 0);
        PLAY_PROMOTE(&p, ABORT, DEAD_CANARY);
        if (ended)
            run_end(&p.r, "failed", p.now_ms);
        assert_int_equal(run_still_told(&p.r, p.now_ms), ended);
        assert_true(say(OVERRIDE_CLEAR, 0));
        assert_int_equal(p.r.state, RUN_ENDED);
        assert_string_equal(p.r.end_cause, ended ? "failed" : "cleared");
        PLAY_PROMOTE(&p, HOLD, RUN_ENDED);
        assert_false(run_still_told(&p.r, p.now_ms));
        assert_int_equal(p.r.found.verdict, VERDICT_ABORT); /* for the history */
        assert_false(say(OVERRIDE_CLEAR, 0));
    }
}

static void
an_ended_run_takes_no_word(void **state)
{
    (void)state;
    start();
    (void)play(&p, TICK, 100, 0, 900, 0);
    run_end(&p.r, "completed", p.now_ms);
    for (int a = OVERRIDE_APPROVE; a < OVERRIDE_COUNT; a++)
        assert_false(say((enum override_action)a, MINUTE));
    PLAY_PROMOTE(&p, HOLD, RUN_ENDED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_action_over_each_verdict),
        cmocka_unit_test(texts_are_read_back),
        cmocka_unit_test(an_approval_holds_until_it_expires),
        cmocka_unit_test(an_approval_does_not_stop_an_abort),
        cmocka_unit_test(force_lets_an_aborted_run_go_on_for_a_while),
        cmocka_unit_test(a_veto_aborts_until_it_is_cleared),
        cmocka_unit_test(clear_ends_an_abort),
        cmocka_unit_test(an_ended_run_takes_no_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
