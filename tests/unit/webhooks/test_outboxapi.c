/* POST /v1/outbox/{verdict}/{target}/retry and /drop. */
#include "tests/unit/webhooks/gatecall.h"
#include "webhooks/outboxapi.h"

#include <stdlib.h>
#include <unistd.h>

#define ID "01JD0000000000000000000000"
#define AT "/v1/outbox/" ID
#define WHO "{\"by\":\"ada\",\"why\":\"the hook is mended\"}"

static struct gatecall   c;
static struct answer    *got; /* of the last call */
static struct token_set *tokens;

static const char token_file[] = "acts00000000 act\nread00000000 read\nprod00000000 act prod\n";

static int
set_up(void **state)
{
    char       path[] = "/tmp/verdictd-outboxapi-XXXXXX";
    int        fd = mkstemp(path);
    struct err err = {0};

    (void)state;
    gatecall_init(&c);
    if (fd < 0 || write(fd, token_file, sizeof token_file - 1) < 0 || close(fd) ||
        token_open(path, &tokens, &err))
        return -1;
    unlink(path);
    c.gates.tokens = tokens;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    gatecall_release(&c);
    token_free(tokens);
    return 0;
}

static int
post(const char *target, const char *body, const char *token)
{
    char authorization[64];

    snprintf(authorization, sizeof authorization, "Bearer %s", token);
    got = &c.answer;
    if (gatecall_ask(&c, REQUEST_POST, target, slice_of(body), authorization) == GATES_LATER) {
        fakeport_pump(&c.port);
        got = &c.later;
    }
    return got->code;
}

static void
who_may_and_what_is_understood(void **state)
{
    static const struct {
        const char *target, *body, *token;
        int         code;
    } cases[] = {
        {AT "/chat/retry", WHO, "acts00000000", 200},
        {AT "/chat/drop", WHO, "acts00000000", 200},
        {AT "/chat/drop", WHO, "read00000000", 403},
        {AT "/chat/drop", WHO, "prod00000000", 403}, /* targets are of all namespaces */
        {AT "/chat/drop", WHO, "nobody", 401},
        {AT "/chat/drop", "{}", "acts00000000", 400},
        {AT "/chat/drop", "{\"by\":\"ada\"}", "acts00000000", 400},
        {AT "/chat/drop", "[1]", "acts00000000", 400},
        {AT "/chat/again", WHO, "acts00000000", 404},
        {"/v1/outbox/none/chat/drop", WHO, "acts00000000", 404},
        {AT "/0123456789012345678901234567890123456789012345678901234567890123/drop", WHO,
         "acts00000000", 404},
        {AT "/%zz/drop", WHO, "acts00000000", 404},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int before = c.port.n_notices;

        if (post(cases[i].target, cases[i].body, cases[i].token) != cases[i].code)
            fail_msg("%s %s: %d %s", cases[i].target, cases[i].token, got->code, got->body.p);
        assert_int_equal(c.port.n_notices - before, cases[i].code == 200);
    }
}

static void
what_is_said_reaches_the_port(void **state)
{
    (void)state;
    assert_int_equal(post(AT "/chat%2Dops/retry", WHO, "acts00000000"), 200);
    assert_false(c.port.notice.drop);
    assert_string_equal(c.port.notice.verdict, ID);
    assert_string_equal(c.port.notice.target, "chat-ops");
    assert_string_equal(c.port.notice.who.by, "ada");
    assert_string_equal(c.port.notice.who.why, "the hook is mended");
    assert_string_equal(got->body.p,
                        "{\"id\":\"" ID "\",\"target\":\"chat-ops\",\"done\":\"retry\"}");
    assert_int_equal(post(AT "/chat/drop", WHO, "acts00000000"), 200);
    assert_true(c.port.notice.drop);
}

static void
what_the_history_says(void **state)
{
    (void)state;
    c.port.err = "verdict " ID " does not wait for chat";
    c.port.notice_status = STATUS_NOT_FOUND;
    assert_int_equal(post(AT "/chat/retry", WHO, "acts00000000"), 404);
    assert_non_null(strstr(got->body.p, "does not wait for chat"));
    c.port.notice_status = STATUS_STORE;
    assert_int_equal(post(AT "/chat/retry", WHO, "acts00000000"), 503);
    c.port.full = true;
    assert_int_equal(post(AT "/chat/retry", WHO, "acts00000000"), 503);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may_and_what_is_understood, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_said_reaches_the_port, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_history_says, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
