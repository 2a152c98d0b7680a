/* POST /v1/events/argo: which bodies are understood, and what reaches the loop. */
#include "webhooks/argoevent.h"

#include "tests/unit/webhooks/gatecall.h"

#include <math.h>

#define WHO "\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\""

static struct gatecall c;

static int
set_up(void **state)
{
    (void)state;
    gatecall_init(&c);
    c.port.lookup = PORT_NO_RUN;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    gatecall_release(&c);
    return 0;
}

static const struct answer *
post(const char *body)
{
    return gatecall_final(&c, REQUEST_POST, "/v1/events/argo", body);
}

static void
each_event_has_its_effect(void **state)
{
    static const struct {
        const char            *word;
        enum port_event_effect effect;
    } cases[] = {
        {"rollout-updated", PORT_EVENT_BEGINS},       {"rollout-step-completed", PORT_EVENT_MOVES},
        {"traffic-weight-updated", PORT_EVENT_MOVES}, {"rollout-paused", PORT_EVENT_NOTED},
        {"rollout-completed", PORT_EVENT_ENDS},       {"rollout-aborted", PORT_EVENT_ABORTS},
        {"rollout-retry", PORT_EVENT_RETRIES},        {"analysis-run-failed", PORT_EVENT_NOTED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char body[256];

        snprintf(body, sizeof body, "{\"event\":\"%s\"," WHO "}", cases[i].word);
        gatecall_wants(post(body), 202, "\"event\":\"");
        assert_int_equal(c.port.n_events, (int)i + 1);
        assert_string_equal(c.port.event.what, cases[i].word);
        assert_int_equal(c.port.event.effect, cases[i].effect);
        assert_string_equal(c.port.event.door, "argo");
    }
}

static void
all_that_is_said_arrives(void **state)
{
    (void)state;
    gatecall_wants(post("{\"event\":\"traffic-weight-updated\"," WHO
                        ",\"weight\":\"25\",\"step\":\"3\",\"image\":\"registry/reviews:2\","
                        "\"message\":\"from 5\\n to 25\",\"token\":\"secret\"}"),
                   202, "noted");
    check_close(c.port.event_question.weight, 25, 0);
    assert_string_equal(c.port.event_question.service, "reviews");
    assert_string_equal(c.port.event_question.canary, "v2");
    assert_int_equal(c.port.event.step, 3);
    assert_string_equal(c.port.event.image, "registry/reviews:2");
    assert_string_equal(c.port.event.message, "from 5  to 25"); /* one line */

    gatecall_wants(
        post("{\"event\":\"rollout-updated\"," WHO
             ",\"weight\":\"<no value>\",\"step\":\"<no value>\",\"image\":\"<no value>\"}"),
        202, "noted");
    assert_true(isnan(c.port.event_question.weight));
    assert_int_equal(c.port.event.step, -1);
    assert_string_equal(c.port.event.image, "");
}

/* 510 letters and one of two bytes: 511 fit, and half a letter is none. */
static void
a_long_message_is_cut_between_letters(void **state)
{
    char body[1024], letters[511];

    (void)state;
    memset(letters, 'x', 510);
    letters[510] = '\0';
    snprintf(body, sizeof body, "{\"event\":\"rollout-paused\"," WHO ",\"message\":\"%s\xc3\xa4\"}",
             letters);
    gatecall_wants(post(body), 202, "noted");
    assert_string_equal(c.port.event.message, letters);
}

static void
what_is_not_understood_is_refused(void **state)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        {"", "\"hint\":\"send one JSON object"},
        {"[]", "no JSON object"},
        {"{\"event\":\"x\"", "\"error\""},
        {"{" WHO "}", "event is missing"},
        {"{\"event\":7," WHO "}", "event is missing"},
        {"{\"event\":\"rollout-complete\"," WHO "}", "did you mean rollout-completed?"},
        {"{\"event\":\"on-fire\"," WHO "}", "none of Argo's"},
        {"{\"event\":\"rollout-paused\"," WHO ",\"wieght\":5}", "did you mean weight?"},
        {"{\"event\":\"rollout-paused\"," WHO ",\"weight\":101}", "weight is not a number"},
        {"{\"event\":\"rollout-paused\"," WHO ",\"step\":-1}", "step is no number"},
        {"{\"event\":\"rollout-paused\"," WHO ",\"step\":true}", "step is no number"},
        {"{\"event\":\"rollout-paused\"," WHO ",\"image\":7}", "image is not a string"},
        {"{\"event\":\"rollout-paused\",\"service\":\"reviews\",\"namespace\":\"prod\","
         "\"canary\":\"<no value>\"}",
         "canary is <no value>"},
        {"{\"event\":\"rollout-paused\",\"namespace\":\"prod\"}", "service is missing"},
        {"{\"event\":\"rollout-paused\"," WHO ",\"canary\":\"v3\"}", "\"error\""},
        {"{\"event\":\"rollout-paused\"," WHO ",\"revision\":\"{{.x}}\"}", "unresolved"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        gatecall_wants(post(cases[i].body), 400, cases[i].part);
    assert_int_equal(c.port.n_events, 0);
}

static void
services_and_queues_are_looked_at_first(void **state)
{
    static const char body[] = "{\"event\":\"rollout-updated\"," WHO "}";

    (void)state;
    c.port.lookup = PORT_UNKNOWN_SERVICE;
    gatecall_wants(post(body), 404, "hint");
    c.port.lookup = PORT_BAD;
    gatecall_wants(post(body), 400, "hint");
    c.port.lookup = PORT_NO_RUN;
    c.port.full = true;
    gatecall_wants(post(body), 503, "queue");
    assert_int_equal(c.port.n_events, 0);
    assert_int_equal(gatecall_final(&c, REQUEST_GET, "/v1/events/argo", "")->code, 405);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_event_has_its_effect, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_that_is_said_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_message_is_cut_between_letters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_understood_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(services_and_queues_are_looked_at_first, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
