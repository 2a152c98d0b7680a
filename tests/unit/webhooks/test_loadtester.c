#include "webhooks/loadtester.h"

#include "tests/unit/webhooks/gatecall.h"

#define ONE                                                                                        \
    "{\"name\":\"podinfo\",\"namespace\":\"test\",\"phase\":\"Progressing\",\"checksum\":\"7d9\"}"
#define PLAIN "{\"name\":\"podinfo\",\"namespace\":\"test\"}"

static struct gatecall    c;
static bool               is_open, full;
static struct port_switch last;
static int                n_set;
static enum status        outcome;

static bool
ask(void *self, const struct port_switch *one)
{
    (void)self;
    last = *one;
    return is_open;
}

static bool
set(void *self, const struct port_switch *one, port_switch_fn done, void *ctx)
{
    struct err err = {0};

    (void)self;
    last = *one;
    n_set++;
    if (full)
        return false;
    if (outcome)
        (void)err_set(&err, outcome, "the disk is full");
    done(ctx, outcome, &err);
    return true;
}

static int
set_up(void **state)
{
    (void)state;
    gatecall_init(&c);
    c.port.port.switch_is_open = ask;
    c.port.port.switch_set = set;
    is_open = full = false;
    n_set = 0;
    outcome = STATUS_OK;
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
wants(const char *path, const char *body, int code, const char *text)
{
    const struct answer *a = gatecall_final(&c, REQUEST_POST, path, body);

    if (a->code != code || a->body.n != strlen(text) ||
        memcmp(a->body.p ? a->body.p : "", text, a->body.n) != 0)
        fail_msg("%s: want %d \"%s\", got %d: %.*s", path, code, text, a->code, (int)a->body.n,
                 a->body.p ? a->body.p : "");
    assert_true(a->close);
}

/* The bytes of fluxcd/flagger pkg/loadtester/server.go. */
static void
the_loadtesters_bytes(void **state)
{
    (void)state;
    wants("/gate/approve", "", 200, "OK");
    wants("/gate/halt", "", 403, "Forbidden");
    wants("/gate/check", ONE, 403, "Forbidden");
    wants("/rollback/check", ONE, 403, "Forbidden");
    wants("/gate/open", ONE, 202, "");
    wants("/gate/close", ONE, 202, "");
    wants("/rollback/open", ONE, 202, "");
    wants("/rollback/close", ONE, 202, "");
    is_open = true;
    wants("/gate/check", ONE, 200, "Approved");
    wants("/rollback/check", ONE, 200, "Approved");
}

static void
what_is_asked_and_set(void **state)
{
    (void)state;
    wants("/gate/open", ONE, 202, "");
    assert_true(last.open && !last.rollback);
    assert_string_equal(last.ns, "test");
    assert_string_equal(last.name, "podinfo");
    assert_string_equal(last.checksum, "7d9");
    wants("/rollback/close", PLAIN, 202, "");
    assert_true(!last.open && last.rollback);
    assert_string_equal(last.checksum, "");
    wants("/rollback/check", ONE, 403, "Forbidden");
    assert_true(last.rollback);
    assert_int_equal(n_set, 2);
}

/* Nothing that is not understood opens anything, or says 2xx. */
static void
what_is_wrong_is_no_2xx(void **state)
{
    static const struct {
        const char *path, *body;
        int         code;
    } cases[] = {
        {"/gate/open", "", 400},
        {"/gate/check", "{", 400},
        {"/rollback/check", "null", 400},
        {"/rollback/check", "{}", 400},
        {"/gate/", ONE, 404},
        {"/gate/Check", ONE, 404},
        {"/rollback/approve", ONE, 404},
        {"/rollback/halt", ONE, 404},
        {"/gate/opened", ONE, 404},
    };

    (void)state;
    is_open = true;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct answer *a = gatecall_final(&c, REQUEST_POST, cases[i].path, cases[i].body);

        if (a->code != cases[i].code)
            fail_msg("%s %s: %d", cases[i].path, cases[i].body, a->code);
    }
    assert_int_equal(gatecall_final(&c, REQUEST_GET, "/rollback/check", "")->code, 405);
    assert_int_equal(n_set, 0);
}

static void
a_gate_that_is_not_in_the_history_is_not_open(void **state)
{
    (void)state;
    outcome = STATUS_STORE;
    wants("/gate/open", ONE, 503, "the disk is full");
    full = true;
    assert_int_equal(gatecall_final(&c, REQUEST_POST, "/gate/open", ONE)->code, 503);
}

static void
web_pages_open_nothing(void **state)
{
    (void)state;
    c.origin = "http://localhost:3000";
    assert_int_equal(gatecall_final(&c, REQUEST_POST, "/gate/open", ONE)->code, 403);
    assert_int_equal(gatecall_final(&c, REQUEST_POST, "/rollback/open", ONE)->code, 403);
    assert_int_equal(n_set, 0);
}

static void
off_unless_configured(void **state)
{
    static const char *const paths[] = {"/gate/approve", "/gate/check", "/rollback/check"};

    (void)state;
    is_open = true;
    c.port.port.switch_set = NULL;
    c.port.port.switch_is_open = NULL;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_int_equal(gatecall_final(&c, REQUEST_POST, paths[i], ONE)->code, 404);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_loadtesters_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_asked_and_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_no_2xx, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_gate_that_is_not_in_the_history_is_not_open, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(web_pages_open_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(off_unless_configured, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
