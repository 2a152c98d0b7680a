#include "tests/support/check.h"

#include "daemon/cmddaemon.h"

#include <signal.h>
#include <string.h>

static const struct option_value nothing_said[CMDDAEMON_ROWS];

/* A command that overlooks it once (a question that may fail) ends at the next. */
static void
an_interrupt_stays(void **state)
{
    struct cmddaemon *d;
    struct err        err = {0};
    json_t           *answer = NULL;
    int               code;

    (void)state;
    assert_int_equal(cmddaemon_new(nothing_said, &d, &err), STATUS_OK);
    assert_int_equal(cmddaemon_wait(d, 1, &err), STATUS_OK);
    assert_int_equal(raise(SIGINT), 0); /* blocked: the loop reads it */
    assert_int_equal(cmddaemon_wait(d, 60000, &err), STATUS_CANCELLED);
    assert_string_equal(err.text, "interrupted");
    assert_int_equal(cmddaemon_wait(d, 60000, &err), STATUS_CANCELLED);
    assert_int_equal(cmddaemon_get(d, "/v1/runs", &code, &answer, &err), STATUS_CANCELLED);
    assert_int_equal(code, 0);
    cmddaemon_free(d);
}

static void
what_a_refusal_says(void **state)
{
    static const struct {
        int         code;
        const char *body;
        enum status status;
        const char *text;
    } cases[] = {
        {404, "{\"error\":\"no such run\",\"hint\":\"look\"}", STATUS_NOT_FOUND,
         "no such run; look (HTTP 404)"},
        {401, "{\"error\":\"no token\"}", STATUS_DENIED, "no token (HTTP 401)"},
        {403, "{}", STATUS_DENIED, "no reason was given (HTTP 403)"},
        {409, "[1]", STATUS_CONFLICT, "no reason was given (HTTP 409)"},
        {503, "<html>\n", STATUS_BUSY, "no reason was given (HTTP 503)"},
        {302, "", STATUS_REFUSED, "no reason was given (HTTP 302)"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        cmddaemon_refusal(cases[i].code, slice_of(cases[i].body), &err);
        assert_int_equal(err.status, cases[i].status);
        assert_string_equal(err.text, cases[i].text);
    }
}

static void
not_any_address(void **state)
{
    struct option_value v[CMDDAEMON_ROWS] = {[CMDDAEMON_URL] = {.given = true, .text = "host:80"}};
    struct cmddaemon   *d = NULL;
    struct err          err = {0};

    (void)state;
    assert_int_equal(cmddaemon_new(v, &d, &err), STATUS_SYNTAX);
    assert_null(d);
    assert_true(err.text[0]);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupt_stays),
        cmocka_unit_test(what_a_refusal_says),
        cmocka_unit_test(not_any_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
