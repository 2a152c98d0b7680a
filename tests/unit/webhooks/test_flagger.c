#include "webhooks/flagger.h"

#include "tests/unit/webhooks/gatecall.h"

static struct gatecall c;

#define PAYLOAD                                                                                    \
    "{\"name\":\"reviews\",\"namespace\":\"prod\",\"phase\":\"Progressing\","                      \
    "\"checksum\":\"v2\"}"
#define WITH(metadata)                                                                             \
    "{\"name\":\"reviews\",\"namespace\":\"prod\",\"phase\":\"Progressing\","                      \
    "\"checksum\":\"v2\",\"metadata\":{" metadata "}}"

static int
set_up(void **state)
{
    (void)state;
    gatecall_init(&c);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    gatecall_release(&c);
    return 0;
}

static const char *
path_of(enum flagger_hook h)
{
    static char path[64];

    snprintf(path, sizeof path, "/v1/%s", flagger_gate(h));
    return path;
}

static struct answer *
call(enum flagger_hook h, const char *payload)
{
    return gatecall_final(&c, REQUEST_POST, path_of(h), payload);
}

enum { CODES = 8 };

/* The table of api.md, hook by hook, for a run that has canary traffic and a
 * confirm hook. */
static void
hooks_tell_verdicts_by_code(void **state)
{
    static const struct {
        enum verdict        verdict;
        enum verdict_reason reason;
        int                 code[CODES]; /* in the order of flagger.def */
    } cases[] = {
        {VERDICT_PASS, REASON_PROVEN, {200, 200, 200, 200, 200, 409, 200, 202}},
        {VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, {200, 200, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_NO_TRAFFIC, {200, 200, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_SOURCE_UNREACHABLE, {200, 200, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_SOURCE_ERROR, {200, 200, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_STARTING, {200, 200, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_VERSIONS_INDISTINGUISHABLE, {412, 412, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_NO_INSTANCE_LABEL, {412, 412, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_BUCKETS_DIFFER, {412, 412, 200, 409, 409, 409, 200, 202}},
        {VERDICT_HOLD, REASON_TOO_MANY_SERIES, {412, 412, 200, 409, 409, 409, 200, 202}},
        {VERDICT_FAIL, REASON_SUCCESS_RATE_LOW, {200, 200, 409, 409, 409, 409, 200, 202}},
        {VERDICT_ABORT, REASON_ERROR_RATE_WORSE, {200, 200, 409, 409, 409, 200, 200, 202}},
        {VERDICT_ABORT, REASON_VETO, {200, 200, 409, 409, 409, 200, 200, 202}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (enum flagger_hook h = 0; h < FLAGGER_COUNT; h++) {
            struct answer *a;

            c.port.view = fakeport_view();
            c.port.view.confirm_seen = true;
            c.port.view.weight = 10;
            c.port.view.promote.verdict = c.port.view.step.verdict = cases[i].verdict;
            c.port.view.promote.reason = c.port.view.step.reason = cases[i].reason;
            a = call(h, PAYLOAD);
            if (a->code != cases[i].code[h])
                fail_msg("%s on %s %s: want %d, got %d", flagger_gate(h),
                         verdict_text(cases[i].verdict), verdict_reason_text(cases[i].reason),
                         cases[i].code[h], a->code);
            assert_true(a->close);
            assert_int_equal(a->type, a->code < 300 ? ANSWER_JSON : ANSWER_LINE);
        }
}

static void
bodies_say_what_and_why(void **state)
{
    (void)state;
    c.port.view.confirm_seen = true;
    c.port.view.promote = c.port.view.step =
        (struct view_answer){VERDICT_PASS, REASON_PROVEN, "good enough"};
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, PAYLOAD), 200,
                   "{\"verdict\":\"pass\",\"reason\":\"proven\",\"message\":\"good enough\","
                   "\"id\":\"01JD000000000000000VERD1CT\"}");
    c.port.view.promote.verdict = VERDICT_FAIL;
    snprintf(c.port.view.promote.message, VIEW_MESSAGE_BYTES, "success rate 98 pct\nwant 99");
    assert_string_equal(call(FLAGGER_ROLLBACK, PAYLOAD)->body.p, "success rate 98 pct want 99");
}

static void
rollout_on_hold_needs_a_confirm_hook(void **state)
{
    (void)state;
    gatecall_wants(call(FLAGGER_ROLLOUT, PAYLOAD), 409, "canary 41 of 100 requests");
    gatecall_wants(call(FLAGGER_ROLLOUT, WITH("\"on_hold\":\"continue\"")), 200, "hold");
    c.port.view.step.verdict = VERDICT_FAIL;
    gatecall_wants(call(FLAGGER_ROLLOUT, WITH("\"on_hold\":\"continue\"")), 409, "");
    /* Told by the step's answer, unless the metadata asks for the last one's. */
    c.port.view.step.verdict = VERDICT_PASS;
    gatecall_wants(call(FLAGGER_ROLLOUT, PAYLOAD), 200, "pass");
    gatecall_wants(call(FLAGGER_ROLLOUT, WITH("\"stage\":\"promote\"")), 409, "");
}

static void
the_first_step_goes_on_once(void **state)
{
    const enum flagger_hook h = FLAGGER_CONFIRM_TRAFFIC_INCREASE;

    (void)state;
    c.port.view.canary_seen = false;
    c.port.view.step.reason = REASON_NO_TRAFFIC;
    gatecall_wants(call(h, PAYLOAD), 200, "no_traffic");
    assert_int_equal(c.port.n_changes[PORT_CONFIRM_SEEN], 1);
    assert_int_equal(c.port.n_changes[PORT_FIRST_STEP], 1);

    c.port.view.confirm_seen = true;
    c.port.view.first_step_mono_ms = c.mono_ms;
    c.mono_ms += FLAGGER_REPEAT_MS;
    gatecall_wants(call(h, PAYLOAD), 200, "no_traffic");
    c.mono_ms += 1;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    assert_int_equal(c.port.told.reason, REASON_NO_TRAFFIC);
    assert_int_equal(c.port.n_changes[PORT_FIRST_STEP], 1);

    /* A source that is not read says nothing about traffic: no step on that. */
    c.port.view.first_step_mono_ms = 0;
    c.port.view.step.reason = REASON_SOURCE_UNREACHABLE;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    c.port.view.step.reason = REASON_STARTING;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    /* Nor where the canary had traffic once, at its weight. */
    c.port.view.step.reason = REASON_NO_TRAFFIC;
    c.port.view.first_step_mono_ms = 0;
    c.port.view.canary_seen = true;
    c.port.view.weight = 10;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    assert_int_equal(c.port.n_changes[PORT_FIRST_STEP], 1);

    /* What it got before its first step is the last of the revision before. */
    c.port.view.weight = NAN;
    gatecall_wants(call(h, PAYLOAD), 200, "no_traffic");
    assert_int_equal(c.port.n_changes[PORT_FIRST_STEP], 2);

    c.port.view.canary_seen = false;
    c.port.granted = false;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    c.port.full = true;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    assert_int_equal(c.port.told.reason, REASON_STORE_BUSY);
}

static void
a_confirm_hook_is_noted_once(void **state)
{
    (void)state;
    c.port.view.step.verdict = VERDICT_PASS;
    c.port.view.step.reason = REASON_PROVEN;
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, PAYLOAD), 200, "pass");
    assert_int_equal(c.port.n_changes[PORT_CONFIRM_SEEN], 1);
    c.port.view.confirm_seen = true;
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, PAYLOAD), 200, "pass");
    assert_int_equal(c.port.n_changes[PORT_CONFIRM_SEEN], 1);
    /* A full queue does not stop a step that the view grants. */
    c.port.view.confirm_seen = false;
    c.port.full = true;
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, PAYLOAD), 200, "pass");
}

static void
promotion_is_told_again_unless_something_bad_came(void **state)
{
    const enum flagger_hook h = FLAGGER_CONFIRM_PROMOTION;

    (void)state;
    c.port.view.confirm_seen = true;
    c.port.view.promote.verdict = VERDICT_PASS;
    gatecall_wants(call(h, PAYLOAD), 200, "pass");
    assert_int_equal(c.port.n_changes[PORT_PROMOTION_TOLD], 1);

    c.port.view.promotion_told = true; /* the second ask: no baseline is left */
    c.port.view.promote.verdict = VERDICT_HOLD;
    c.port.view.promote.reason = REASON_NO_BASELINE;
    gatecall_wants(call(h, PAYLOAD), 200, "no_baseline");
    c.port.view.promote.verdict = VERDICT_PASS;
    c.mono_ms += c.port.view.max_age_ms + 1; /* stale, but told already */
    gatecall_wants(call(h, PAYLOAD), 200, "stale_data");
    c.port.view.state = VIEW_ENDED; /* by a new revision: nothing is told any more */
    gatecall_wants(call(h, PAYLOAD), 409, "");
    c.port.view.state = VIEW_LIVE;
    c.port.view.promote.verdict = VERDICT_ABORT;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    c.mono_ms = c.port.view.evaluated_mono_ms;
    c.port.view.promote.verdict = VERDICT_FAIL;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    assert_int_equal(c.port.n_changes[PORT_PROMOTION_TOLD], 1);

    /* A pass that cannot be noted as told is not told. */
    c.port.view.promotion_told = false;
    c.port.view.promote.verdict = VERDICT_PASS;
    c.port.granted = false;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    c.port.full = true;
    gatecall_wants(call(h, PAYLOAD), 409, "");
    assert_int_equal(c.port.told.reason, REASON_STORE_BUSY);
}

static void
only_an_abort_rolls_back(void **state)
{
    (void)state;
    c.port.view.promote.verdict = VERDICT_FAIL;
    c.port.view.promote.reason = REASON_LATENCY_HIGH;
    c.port.view.max_age_ms = 1000000;
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, ""); /* since when is not known */
    c.port.view.fail_since_mono_ms = c.mono_ms - 119999;
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, "");
    c.mono_ms += 1;
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 200, "{\"verdict\":\"abort\"");
    assert_int_equal(c.port.told.verdict, VERDICT_ABORT);
    c.mono_ms += 1000000; /* a stale fail is no fail */
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, "");
    c.port.view.promote.verdict = VERDICT_ABORT; /* an abort does not age */
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 200, "abort");
}

static void
rollback_is_never_200_by_accident(void **state)
{
    static const char *const payloads[] = {
        "",
        "null",
        "{}",
        "[]",
        "x",
        WITH("\"canary\":\"other\""),
        WITH("\"canary\":\"\""),
        "{\"name\":\"reviews\",\"namespace\":\"prod\"}",
    };

    (void)state;
    c.port.view.promote.verdict = VERDICT_PASS;
    for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
        struct answer *a = call(FLAGGER_ROLLBACK, payloads[i]);

        assert_true(a->code >= 400 && a->code < 429);
    }
    c.port.lookup = PORT_UNKNOWN_SERVICE;
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, "not known");
    c.port.lookup = PORT_BAD;
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, "");
    c.port.lookup = PORT_NO_RUN;
    c.port.has_view = false;
    for (enum verdict_reason r = 0; r < REASON_COUNT; r++) {
        c.port.reason = r;
        gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, "");
    }
    c.port.full = true;
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, "");
    c.port.full = false;
    assert_int_equal(
        gatecall_ask(&c, REQUEST_POST, path_of(FLAGGER_ROLLBACK), slice_of(PAYLOAD), NULL),
        GATES_LATER);
    assert_int_equal(c.answer.code, 409); /* what is told when it takes too long */
    fakeport_pump(&c.port);
    for (size_t i = 0; i < 3; i++) {
        static const enum request_method other[] = {REQUEST_GET, REQUEST_HEAD, REQUEST_OTHER};

        (void)gatecall_ask(&c, other[i], path_of(FLAGGER_ROLLBACK), slice_of(PAYLOAD), NULL);
        assert_int_equal(c.answer.code, 405);
        assert_string_equal(c.answer.allow, "POST");
    }
    gatecall_wants(gatecall_final(&c, REQUEST_POST, "/v1/flagger/rollback/", PAYLOAD), 404, "");
    gatecall_wants(gatecall_final(&c, REQUEST_POST, "/v1/flagger/Rollback", PAYLOAD), 404, "");
}

/* A verdict of the run's earlier life is no news for the release that
 * confirm-rollout asks about: it still carries the old checksum. */
static void
confirm_rollout_starts_and_judges_nothing(void **state)
{
    (void)state;
    c.port.lookup = PORT_NO_RUN;
    assert_int_equal(
        gatecall_ask(&c, REQUEST_POST, path_of(FLAGGER_CONFIRM_ROLLOUT), slice_of(PAYLOAD), NULL),
        GATES_NOW);
    gatecall_wants(&c.answer, 200, "starting");
    assert_int_equal(c.port.n_changes[PORT_OPEN], 0);
    c.port.lookup = PORT_FOUND;
    c.port.view.state = VIEW_ENDED;
    c.port.view.promote.reason = c.port.view.step.reason = REASON_VERSIONS_INDISTINGUISHABLE;
    gatecall_wants(call(FLAGGER_CONFIRM_ROLLOUT, PAYLOAD), 200, "");
    c.port.view.state = VIEW_LIVE;
    gatecall_wants(call(FLAGGER_CONFIRM_ROLLOUT, PAYLOAD), 412, "");
}

static void
a_hiccup_does_not_count_against_the_release(void **state)
{
    (void)state;
    c.port.lookup = PORT_NO_RUN;
    c.port.full = true;
    gatecall_wants(call(FLAGGER_PRE_ROLLOUT, PAYLOAD), 200, "store_busy");
    c.port.full = false;
    c.port.has_view = false;
    c.port.reason = REASON_TOO_MANY_RUNS;
    gatecall_wants(call(FLAGGER_PRE_ROLLOUT, PAYLOAD), 200, "too_many_runs");
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, PAYLOAD), 409, "");
}

static void
what_is_misconfigured_is_412(void **state)
{
    (void)state;
    c.port.lookup = PORT_BAD;
    c.port.err = "policy lax is not in caller_may";
    gatecall_wants(call(FLAGGER_PRE_ROLLOUT, PAYLOAD), 412, "caller_may");
    gatecall_wants(call(FLAGGER_ROLLOUT, PAYLOAD), 409, "caller_may");
    gatecall_wants(call(FLAGGER_POST_ROLLOUT, PAYLOAD), 200, "");
    gatecall_wants(call(FLAGGER_PRE_ROLLOUT, WITH("\"canary\":\"\"")), 412, "canary is empty");
    gatecall_wants(call(FLAGGER_ROLLOUT, WITH("\"canary\":\"\"")), 400, "canary is empty");
    c.port.lookup = PORT_FOUND;
    gatecall_wants(call(FLAGGER_PRE_ROLLOUT, WITH("\"canary\":\"v9\"")), 412, "v9");
    gatecall_wants(call(FLAGGER_ROLLOUT, WITH("\"canary\":\"v9\"")), 409, "v9");
    gatecall_wants(call(FLAGGER_PRE_ROLLOUT, "x"), 400, "JSON");
}

static void
unknown_services(void **state)
{
    static const int want[CODES] = {409, 409, 409, 409, 409, 409, 200, 202};

    (void)state;
    c.port.lookup = PORT_UNKNOWN_SERVICE;
    for (enum flagger_hook h = 0; h < FLAGGER_COUNT; h++)
        assert_int_equal(call(h, PAYLOAD)->code, want[h]);
}

static void
post_rollout_ends_the_run(void **state)
{
    (void)state;
    gatecall_wants(call(FLAGGER_POST_ROLLOUT, PAYLOAD), 200, "");
    assert_int_equal(c.port.n_changes[PORT_END], 1);
    c.port.full = true;
    gatecall_wants(call(FLAGGER_POST_ROLLOUT, PAYLOAD), 200, "");
    c.port.full = false;
    c.port.lookup = PORT_NO_RUN;
    c.port.has_view = false;
    gatecall_wants(call(FLAGGER_POST_ROLLOUT, PAYLOAD), 200, "run_ended");
    assert_int_equal(c.port.n_changes[PORT_OPEN], 0);
}

/* However fast its address asks, a run that is over ends; a second end, the first step
 * and a new run can be asked for without end, and wait. */
static void
over_the_rate_what_happens_once_is_done(void **state)
{
    (void)state;
    c.over_rate = true;
    (void)call(FLAGGER_POST_ROLLOUT, PAYLOAD);
    assert_int_equal(c.port.n_changes[PORT_END], 1);
    c.port.view.promote.verdict = c.port.view.step.verdict = VERDICT_PASS;
    gatecall_wants(call(FLAGGER_CONFIRM_PROMOTION, PAYLOAD), 200, "pass");
    assert_int_equal(c.port.n_changes[PORT_PROMOTION_TOLD], 1);
    c.port.view = fakeport_view();
    c.port.view.confirm_seen = true;
    c.port.view.step = (struct view_answer){VERDICT_HOLD, REASON_NO_TRAFFIC, ""};
    c.port.view.canary_seen = false;
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, PAYLOAD), 409,
                   "clients.requests_per_second");
    assert_int_equal(c.port.n_changes[PORT_FIRST_STEP], 0);
    c.port.view.state = VIEW_ENDED;
    (void)call(FLAGGER_POST_ROLLOUT, PAYLOAD);
    assert_int_equal(c.port.n_changes[PORT_END], 1);
    c.port.lookup = PORT_NO_RUN;
    c.port.has_view = false;
    gatecall_wants(call(FLAGGER_POST_ROLLOUT, PAYLOAD), 200, "run_ended");
    gatecall_wants(call(FLAGGER_PRE_ROLLOUT, PAYLOAD), 200, "over_rate");
    gatecall_wants(call(FLAGGER_ROLLBACK, PAYLOAD), 409, "clients.requests_per_second");
    assert_int_equal(c.port.n_changes[PORT_OPEN], 0);
}

/* 200 it must be; what it could not do it says. */
static void
an_end_that_was_not_taken_says_so(void **state)
{
    (void)state;
    c.port.full = true;
    gatecall_wants(call(FLAGGER_POST_ROLLOUT, PAYLOAD), 200, "the end was not taken");
}

static void
events_are_taken_at_once(void **state)
{
    (void)state;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, path_of(FLAGGER_EVENT),
                                  slice_of(WITH("\"eventMessage\":\"Advance\"")), NULL),
                     GATES_NOW);
    assert_int_equal(c.answer.code, 202);
    assert_int_equal(c.port.n_changes[PORT_EVENT], 1);
    assert_string_equal(c.port.asked.event, "Advance");
    assert_int_equal(fakeport_pump(&c.port), 1);
    assert_int_equal(c.n_later, 0);
    c.port.full = true;
    gatecall_wants(call(FLAGGER_EVENT, PAYLOAD), 202, "");
    gatecall_wants(call(FLAGGER_EVENT, "{"), 400, "");
    gatecall_wants(call(FLAGGER_EVENT, "{}"), 400, "");
}

static void
a_new_weight_and_a_retry_reach_the_run_first(void **state)
{
    (void)state;
    c.port.view.weight = 5;
    c.port.view.step.verdict = c.port.view.promote.verdict = VERDICT_PASS;
    c.port.full = true;
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, WITH("\"weight\":\"10\"")), 409, "");
    gatecall_wants(call(FLAGGER_CONFIRM_PROMOTION, WITH("\"weight\":\"10\"")), 409, "");
    c.port.full = false;
    c.port.view.weight = 10;
    gatecall_wants(call(FLAGGER_CONFIRM_TRAFFIC_INCREASE, WITH("\"weight\":\"10\"")), 200, "");
    /* An abort is told whatever weight the caller is at. */
    c.port.view.promote.verdict = VERDICT_ABORT;
    c.port.view.aborted = true;
    gatecall_wants(call(FLAGGER_ROLLBACK, WITH("\"weight\":\"25\"")), 200, "");
    /* pre-rollout of a run that is over begins the next attempt. */
    c.port.view.state = VIEW_ENDED;
    memset(c.port.n_changes, 0, sizeof c.port.n_changes);
    (void)call(FLAGGER_PRE_ROLLOUT, PAYLOAD);
    assert_int_equal(c.port.n_changes[PORT_OPEN], 1);
    (void)call(FLAGGER_ROLLBACK, PAYLOAD);
    assert_int_equal(c.port.n_changes[PORT_OPEN], 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_weight_and_a_retry_reach_the_run_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(over_the_rate_what_happens_once_is_done, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_that_was_not_taken_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hooks_tell_verdicts_by_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_say_what_and_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rollout_on_hold_needs_a_confirm_hook, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_step_goes_on_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_confirm_hook_is_noted_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promotion_is_told_again_unless_something_bad_came, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_an_abort_rolls_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rollback_is_never_200_by_accident, set_up, tear_down),
        cmocka_unit_test_setup_teardown(confirm_rollout_starts_and_judges_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_hiccup_does_not_count_against_the_release, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_misconfigured_is_412, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_services, set_up, tear_down),
        cmocka_unit_test_setup_teardown(post_rollout_ends_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(events_are_taken_at_once, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
