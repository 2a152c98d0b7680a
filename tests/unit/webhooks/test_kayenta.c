#include "webhooks/kayenta.h"

#include "tests/unit/webhooks/gatecall.h"

#include <stdio.h>

static struct gatecall c;

static int
setup(void **state)
{
    (void)state;
    gatecall_init(&c);
    c.gates.kayenta = true;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    gatecall_release(&c);
    return 0;
}

static const char *
body(int pass, int marginal)
{
    static char out[512];

    snprintf(out, sizeof out,
             "{\"scopes\":{\"default\":{\"controlScope\":{\"scope\":\"v1\"},"
             "\"experimentScope\":{\"scope\":\"v2\"}}},"
             "\"thresholds\":{\"pass\":%d,\"marginal\":%d}}",
             pass, marginal);
    return out;
}

#define START "/canary/default?application=prod/reviews&metricsAccountName=m"
#define POLL "/canary/01JD0000000000000000000EXE"

static struct answer *
start(int pass, int marginal)
{
    return gatecall_final(&c, REQUEST_POST, START, body(pass, marginal));
}

static struct answer *
poll(enum verdict v)
{
    c.port.view.promote.verdict = v;
    return gatecall_final(&c, REQUEST_GET, POLL, "");
}

static void
policies_are_its_configs(void **state)
{
    (void)state;
    gatecall_wants(gatecall_final(&c, REQUEST_GET,
                                  "/canaryConfig?application=reviews&configurationAccountName=s",
                                  ""),
                   200, "{\"id\":\"strict\",\"name\":\"strict\"}");
    gatecall_wants(&c.answer, 200, "{\"id\":\"default:step\",\"name\":\"default:step\"}");
}

/* Argo: score cut to a whole number, then >= pass Successful, >= marginal
 * Inconclusive, else Failed (metricproviders/kayenta). */
static const char *
argo_says(int score, int pass, int marginal)
{
    return score >= pass ? "Successful" : score >= marginal ? "Inconclusive" : "Failed";
}

static void
each_verdict_is_what_argo_makes_of_the_score(void **state)
{
    static const char *const phase[VERDICT_COUNT] = {[VERDICT_PASS] = "Successful",
                                                     [VERDICT_HOLD] = "Inconclusive",
                                                     [VERDICT_FAIL] = "Failed",
                                                     [VERDICT_ABORT] = "Failed"};

    (void)state;
    for (int pass = 1; pass <= 100; pass += pass < 4 ? 1 : 32)
        for (int marginal = 1; marginal <= pass; marginal++)
            for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
                struct answer *a;
                json_t        *json;
                json_int_t     score = -1;
                int            complete;

                gatecall_wants(start(pass, marginal), 200,
                               "{\"canaryExecutionId\":\"01JD0000000000000000000EXE\"}");
                a = poll(v);
                json = json_loads(a->body.p, 0, NULL);
                assert_int_equal(json_unpack(json, "{s:b}", "complete", &complete), 0);
                assert_int_equal(complete, v != VERDICT_HOLD || marginal < pass);
                if (complete) {
                    assert_int_equal(json_unpack(json, "{s:{s:{s:{s:I}}}}", "result", "judgeResult",
                                                 "score", "score", &score),
                                     0);
                    assert_string_equal(argo_says((int)score, pass, marginal), phase[v]);
                }
                assert_string_equal(json_string_value(json_object_get(json, "verdict")),
                                    verdict_text(v));
                json_decref(json);
            }
}

static void
what_no_run_has_judged_is_not_complete(void **state)
{
    static const enum verdict_reason reasons[] = {REASON_STORE_BUSY, REASON_TOO_MANY_RUNS,
                                                  REASON_RUN_ENDED};

    (void)state;
    (void)start(90, 75);
    c.port.lookup = PORT_NO_RUN;
    c.port.has_view = false;
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        c.port.reason = reasons[i];
        gatecall_wants(gatecall_final(&c, REQUEST_GET, POLL, ""), 200, "{\"complete\":false,");
    }
    c.port.full = true; /* nothing can be asked of the loop */
    gatecall_wants(gatecall_final(&c, REQUEST_GET, POLL, ""), 200, "{\"complete\":false,");
    /* Neither is what comes too late, which Argo asks for again. */
    c.port.full = false;
    assert_int_equal(gatecall_ask(&c, REQUEST_GET, POLL, (struct slice){0}, NULL), GATES_LATER);
    gatecall_wants(&c.answer, 200, "{\"complete\":false,");
    while (fakeport_pump(&c.port))
        ;
}

static void
the_first_last_word_is_told_again(void **state)
{
    (void)state;
    (void)start(90, 75);
    c.port.execution.complete = true;
    c.port.execution.told =
        (struct port_told){.verdict = VERDICT_PASS, .reason = REASON_PROVEN, .http_code = 200};
    gatecall_wants(poll(VERDICT_ABORT), 200, "\"score\":100");
    assert_int_equal(c.port.n_told, 1); /* by the start: a poll of what is over is none */
}

static void
a_poll_says_which_execution_it_was(void **state)
{
    struct port_told told = {.verdict = VERDICT_HOLD, .http_code = 200, .run = "x"};
    struct question  q = {.pass = 90, .marginal = 75};

    (void)state;
    told.question = &q;
    assert_true(kayenta_completes(&told));
    told.run[0] = '\0';
    assert_false(kayenta_completes(&told)); /* nothing was judged */
    told.verdict = VERDICT_ABORT;
    assert_true(kayenta_completes(&told));
    told.http_code = 404;
    assert_false(kayenta_completes(&told));
    told =
        (struct port_told){.question = &q, .verdict = VERDICT_HOLD, .http_code = 200, .run = "x"};
    q.marginal = 90;
    assert_false(kayenta_completes(&told));
}

static void
what_is_not_understood_has_no_execution(void **state)
{
    (void)state;
    gatecall_wants(start(90, 0), 400, "thresholds");
    gatecall_wants(gatecall_final(&c, REQUEST_POST, START, "{"), 400, "hint");
    gatecall_wants(gatecall_final(&c, REQUEST_GET, "/canary/none", ""), 404, "no such execution");
    gatecall_wants(gatecall_final(&c, REQUEST_GET, "/canary/01JD0000000000000000000EXF", ""), 404,
                   "no such execution");
    c.port.lookup = PORT_UNKNOWN_SERVICE;
    gatecall_wants(start(90, 75), 404, "hint");
    c.port.lookup = PORT_BAD;
    gatecall_wants(start(90, 75), 400, "hint");
    c.port.lookup = PORT_FOUND;
    snprintf(c.port.view.canary, sizeof c.port.view.canary, "v3");
    gatecall_wants(start(90, 75), 400, "canary is v2");
    assert_int_equal(c.port.n_executions, 0);
}

/* Argo measures an error, and asks anew. */
static void
what_is_not_kept_has_no_id(void **state)
{
    (void)state;
    c.port.execution_status = STATUS_STORE;
    c.port.err = "the disk is full";
    gatecall_wants(start(90, 75), 503, "the disk is full");
    c.port.full = true;
    gatecall_wants(start(90, 75), 503, "too many");
    /* The same where the run has to be opened first. */
    c.port.lookup = PORT_NO_RUN;
    c.port.full = false;
    assert_int_equal(gatecall_ask(&c, REQUEST_POST, START, slice_of(body(90, 75)), NULL),
                     GATES_LATER);
    gatecall_wants(&c.answer, 503, "hint"); /* what is told where the loop takes too long */
    c.port.execution_status = STATUS_OK;
    while (fakeport_pump(&c.port))
        ;
    gatecall_wants(&c.later, 200, "canaryExecutionId");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(policies_are_its_configs),
        TEST(each_verdict_is_what_argo_makes_of_the_score),
        TEST(what_no_run_has_judged_is_not_complete),
        TEST(the_first_last_word_is_told_again),
        TEST(a_poll_says_which_execution_it_was),
        TEST(what_is_not_understood_has_no_execution),
        TEST(what_is_not_kept_has_no_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
