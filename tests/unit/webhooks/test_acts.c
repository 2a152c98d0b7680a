/* POST /v1/runs, /v1/runs/{id}/override and /end (api.md, "Overrides"). */
#include "tests/unit/webhooks/gatecall.h"
#include "webhooks/acts.h"

#include <stdlib.h>
#include <unistd.h>

#define RUN "01JD0000000000000000000000"
#define OVERRIDE "/v1/runs/" RUN "/override"
#define WHO "\"by\":\"ada\",\"why\":\"seen by hand\""

static struct gatecall   c;
static struct answer    *got; /* of the last call */
static struct token_set *tokens;

/* Plain, with force, and of one namespace. */
static const char token_file[] = "plain0000000\nforce0000000 act,force\nread00000000 read\n";

static int
set_up(void **state)
{
    char       path[] = "/tmp/verdictd-acts-XXXXXX";
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
who_may_do_what(void **state)
{
    static const struct {
        const char *target, *body, *token;
        int         code;
    } cases[] = {
        {OVERRIDE, "{\"action\":\"approve\"," WHO ",\"expires\":\"30m\"}", "plain0000000", 200},
        {OVERRIDE, "{\"action\":\"veto\"," WHO "}", "plain0000000", 200},
        {OVERRIDE, "{\"action\":\"clear\"," WHO "}", "plain0000000", 200},
        {OVERRIDE, "{\"action\":\"force\"," WHO ",\"expires\":\"30m\"}", "plain0000000", 403},
        {OVERRIDE, "{\"action\":\"force\"," WHO ",\"expires\":\"30m\"}", "force0000000", 200},
        {OVERRIDE, "{\"action\":\"veto\"," WHO "}", "read00000000", 403},
        {OVERRIDE, "{\"action\":\"veto\"," WHO "}", "nobody", 401},
        {"/v1/runs/" RUN "/end", "{" WHO "}", "plain0000000", 200},
        {"/v1/runs/" RUN "/end", "{" WHO "}", "read00000000", 403},
        {"/v1/runs", "{\"service\":\"reviews\",\"namespace\":\"prod\"}", "plain0000000", 200},
        {"/v1/runs", "{\"service\":\"reviews\",\"namespace\":\"prod\"}", "read00000000", 403},
        {"/v1/runs/none/override", "{\"action\":\"veto\"," WHO "}", "plain0000000", 404},
        {"/v1/runs/none/end", "{" WHO "}", "plain0000000", 404},
    };

    (void)state;
    c.port.has_view = true;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int acts = c.port.n_acts + c.port.n_changes[PORT_OPEN];

        if (post(cases[i].target, cases[i].body, cases[i].token) != cases[i].code)
            fail_msg("case %zu: %d, %s", i, got->code, got->body.p);
        assert_int_equal(c.port.n_acts + c.port.n_changes[PORT_OPEN] - acts, cases[i].code == 200);
    }
}

static void
bodies_that_are_refused(void **state)
{
    static const struct {
        const char *body, *error;
    } cases[] = {
        {"", "syntax"},
        {"[]", "no JSON object"},
        {"{\"action\":\"pass\"," WHO "}", "action is not"},
        {"{" WHO "}", "action is not"},
        {"{\"action\":\"veto\",\"why\":\"x\"}", "by is missing"},
        {"{\"action\":\"veto\",\"by\":\"  \",\"why\":\"x\"}", "by is missing"},
        {"{\"action\":\"veto\",\"by\":\"ada\"}", "why is missing"},
        {"{\"action\":\"veto\",\"by\":7,\"why\":\"x\"}", "by"},
        {"{\"action\":\"veto\",\"by\":\"a\\nb\",\"why\":\"x\"}", "control character"},
        {"{\"action\":\"veto\",\"by\":\"0123456789012345678901234567890123456789012345678901234567"
         "890123456789\",\"why\":\"x\"}",
         "longer than 63"},
        {"{\"action\":\"approve\"," WHO "}", "expires is missing"},
        {"{\"action\":\"force\"," WHO "}", "expires is missing"},
        {"{\"action\":\"approve\"," WHO ",\"expires\":\"soon\"}", "neither a duration"},
        {"{\"action\":\"approve\"," WHO ",\"expires\":\"8d\"}", "neither a duration"},
        {"{\"action\":\"approve\"," WHO ",\"expires\":\"0\"}", "not within"},
        {"{\"action\":\"approve\"," WHO ",\"expires\":\"2001-01-01T00:00:00Z\"}", "not within"},
        {"{\"action\":\"clear\"," WHO ",\"expires\":\"30m\"}", "does not expire"},
        {"{\"action\":\"veto\"," WHO ",\"expire\":\"30m\"}", "did you mean expires"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(post(OVERRIDE, cases[i].body, "force0000000"), 400);
        if (i && !strstr(got->body.p, cases[i].error))
            fail_msg("%s: %s", cases[i].body, got->body.p);
    }
    assert_int_equal(c.port.n_acts, 0);
}

static void
what_reaches_the_run(void **state)
{
    int64_t now;

    (void)state;
    now = clock_wall_ms(c.gates.clock);
    assert_int_equal(
        post(OVERRIDE, "{\"action\":\"approve\"," WHO ",\"expires\":\"30m\"}", "plain0000000"),
        200);
    assert_string_equal(c.port.act.run, RUN);
    assert_int_equal(c.port.act.what, PORT_ACT_OVERRIDE);
    assert_int_equal(c.port.act.override.action, OVERRIDE_APPROVE);
    assert_string_equal(c.port.act.override.by, "ada");
    assert_string_equal(c.port.act.override.why, "seen by hand");
    assert_int_equal(c.port.act.override.until_ms, now + 30 * 60000);
    assert_string_equal(c.port.act.via, "api");
    assert_int_equal(post("/v1/runs/" RUN "/end", "{" WHO "}", "plain0000000"), 200);
    assert_int_equal(c.port.act.what, PORT_ACT_END);
}

static void
refusals_of_the_run_have_their_codes(void **state)
{
    static const struct {
        enum status status;
        int         code;
    } cases[] = {
        {STATUS_NOT_FOUND, 404}, {STATUS_CONFLICT, 409}, {STATUS_BUSY, 503}, {STATUS_STORE, 503}};

    (void)state;
    c.port.err = "so it is";
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        c.port.act_status = cases[i].status;
        assert_int_equal(post(OVERRIDE, "{\"action\":\"veto\"," WHO "}", "plain0000000"),
                         cases[i].code);
        assert_non_null(strstr(got->body.p, "so it is"));
    }
    c.port.full = true;
    assert_int_equal(post(OVERRIDE, "{\"action\":\"veto\"," WHO "}", "plain0000000"), 503);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may_do_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_that_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_reaches_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_of_the_run_have_their_codes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
