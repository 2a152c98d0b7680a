#include "webhooks/argo.h"

#include "tests/unit/webhooks/gatecall.h"

static struct gatecall c;

#define PATH "/v1/argo/verdict"
#define BODY "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\",\"stable\":\"v1\"}"

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

static void
every_verdict_is_told_with_200(void **state)
{
    static const struct {
        enum verdict verdict;
        const char  *part;
    } cases[] = {
        {VERDICT_PASS, "{\"verdict\":\"pass\",\"pass\":true,\"abort\":false,"},
        {VERDICT_HOLD, "{\"verdict\":\"hold\",\"pass\":false,\"abort\":false,"},
        {VERDICT_FAIL, "{\"verdict\":\"fail\",\"pass\":false,\"abort\":false,"},
        {VERDICT_ABORT, "{\"verdict\":\"abort\",\"pass\":false,\"abort\":true,"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        c.port.view.promote.verdict = cases[i].verdict;
        assert_int_equal(gatecall_ask(&c, REQUEST_POST, PATH, slice_of(BODY), NULL), GATES_NOW);
        gatecall_wants(&c.answer, 200, cases[i].part);
        assert_string_equal(c.answer.verdict_id, c.port.view.id);
        assert_false(c.answer.close);
        assert_int_equal(c.port.told.verdict, cases[i].verdict);
        assert_int_equal(c.port.told.http_code, 200);
        assert_string_equal(c.port.told.run, c.port.view.run);
        assert_string_equal(c.port.told.gate, "argo");
        assert_int_equal(c.port.n_told, i + 1);
    }
    assert_int_equal(c.port.n_changes[PORT_OPEN], 0);
}

static void
get_and_query_ask_the_same(void **state)
{
    (void)state;
    c.port.view.step.verdict = VERDICT_PASS;
    gatecall_wants(gatecall_final(&c, REQUEST_GET,
                                  PATH "?service=reviews&namespace=prod&canary=v2&stage=step", ""),
                   200, "\"verdict\":\"pass\"");
    gatecall_wants(gatecall_final(&c, REQUEST_GET, PATH "?service=reviews&namespace=prod", ""), 200,
                   "\"verdict\":\"hold\"");
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH "?view=brief", BODY), 200, "\"run\":\"");
    assert_null(strstr(c.answer.body.p, "checks"));
}

static void
a_stale_pass_is_a_hold(void **state)
{
    (void)state;
    c.port.view.promote.verdict = VERDICT_PASS;
    c.mono_ms += c.port.view.max_age_ms + 1;
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, BODY), 200, "\"reason\":\"stale_data\"");
    assert_int_equal(c.port.told.reason, REASON_STALE_DATA);
}

static void
the_first_question_waits_for_its_run(void **state)
{
    (void)state;
    c.port.lookup = PORT_NO_RUN;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, PATH, slice_of(BODY), NULL), GATES_LATER);
    /* What is told if it takes too long. */
    gatecall_wants(&c.answer, 200, "\"reason\":\"store_busy\"");
    gatecall_wants(&c.answer, 200, "\"canary\":\"v2\"");
    assert_int_equal(c.port.n_told, 0);
    assert_int_equal(fakeport_pump(&c.port), 1);
    assert_int_equal(c.n_later, 1);
    gatecall_wants(&c.later, 200, "\"reason\":\"too_few_requests\"");
    assert_int_equal(c.port.n_told, 1);
    assert_int_equal(c.port.told.reason, REASON_TOO_FEW_REQUESTS);
    assert_string_equal(c.port.asked.canary, "v2");
}

static void
too_late_is_recorded_as_what_was_told(void **state)
{
    (void)state;
    c.port.lookup = PORT_NO_RUN;
    c.port.view.promote.verdict = VERDICT_PASS;
    c.too_late = true;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, PATH, slice_of(BODY), NULL), GATES_LATER);
    assert_int_equal(fakeport_pump(&c.port), 1);
    assert_int_equal(c.n_later, 1);
    assert_int_equal(c.port.n_told, 1);
    assert_int_equal(c.port.told.verdict, VERDICT_HOLD);
    assert_int_equal(c.port.told.reason, REASON_STORE_BUSY);
}

static void
overload_is_an_answer(void **state)
{
    (void)state;
    c.port.lookup = PORT_NO_RUN;
    c.port.full = true;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, PATH, slice_of(BODY), NULL), GATES_NOW);
    gatecall_wants(&c.answer, 200, "\"reason\":\"store_busy\"");
    gatecall_wants(&c.answer, 200, "\"run\":\"\"");
    assert_int_equal(c.n_later, 0);
    c.port.full = false;
    c.port.has_view = false;
    c.port.reason = REASON_TOO_MANY_RUNS;
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, BODY), 200,
                   "\"reason\":\"too_many_runs\"");
    c.port.reason = REASON_NONE;
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, BODY), 200, "\"verdict\":\"hold\"");
}

static void
a_reply_inside_the_call_is_no_harm(void **state)
{
    (void)state;
    c.port.lookup = PORT_NO_RUN;
    c.port.at_once = true;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, PATH, slice_of(BODY), NULL), GATES_LATER);
    assert_int_equal(c.n_later, 1);
    gatecall_wants(&c.later, 200, "\"reason\":\"too_few_requests\"");
}

static void
what_is_not_understood_is_refused(void **state)
{
    (void)state;
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, "null"), 400, "\"hint\":\"");
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, "{\"service\":\"reviews\"}"), 400,
                   "namespace is missing");
    c.port.lookup = PORT_UNKNOWN_SERVICE;
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, BODY), 404, "\"error\":\"");
    c.port.lookup = PORT_BAD;
    c.port.err = "revision is missing";
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, BODY), 400, "revision is missing");
    assert_int_equal(c.port.n_told, 0);
}

static void
a_run_keeps_its_versions(void **state)
{
    static const char *const bodies[] = {
        "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v3\",\"revision\":\"v2\"}",
        "{\"service\":\"reviews\",\"namespace\":\"prod\",\"stable\":\"v0\",\"revision\":\"v2\"}",
        "{\"service\":\"reviews\",\"namespace\":\"prod\",\"key\":\"workload\",\"revision\":\"v2\"}",
        "{\"service\":\"reviews\",\"namespace\":\"prod\",\"policy\":\"lax\",\"revision\":\"v2\"}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, bodies[i]), 400, "new revision");
    c.port.lookup = PORT_NO_RUN; /* the same when the run is found on the slow way */
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, bodies[0]), 400, "new revision");
}

/* A caller that moved on to the next weight asks about a stage of which the
 * present view knows nothing yet. */
static void
a_new_weight_is_not_judged_by_the_stage_before(void **state)
{
    const char *body = "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\","
                       "\"stage\":\"step\",\"weight\":\"10\"}";

    (void)state;
    c.port.view.weight = 5;
    c.port.view.step.verdict = VERDICT_PASS;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, PATH, slice_of(body), NULL), GATES_LATER);
    c.port.view.weight = 10;
    c.port.view.step.verdict = VERDICT_HOLD;
    assert_int_equal(fakeport_pump(&c.port), 1);
    gatecall_wants(&c.later, 200, "{\"verdict\":\"hold\",\"pass\":false,");
    assert_int_equal(c.port.n_changes[PORT_OPEN], 1);
    c.port.view.weight = 5;
    c.port.view.step.verdict = VERDICT_PASS;
    c.port.full = true;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, PATH, slice_of(body), NULL), GATES_NOW);
    gatecall_wants(&c.answer, 200, "\"reason\":\"store_busy\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_verdict_is_told_with_200, set_up, tear_down),
        cmocka_unit_test_setup_teardown(get_and_query_ask_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stale_pass_is_a_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_question_waits_for_its_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_late_is_recorded_as_what_was_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overload_is_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reply_inside_the_call_is_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_understood_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_keeps_its_versions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_weight_is_not_judged_by_the_stage_before, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
