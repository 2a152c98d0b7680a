/* Links over HTTP: who makes them, that GET does nothing, that POST acts with what was signed. */
#include "webhooks/linkpage.h"

#include "tests/unit/webhooks/gatecall.h"

#define RUN "01JD0000000000000000000000"
#define BODY                                                                                       \
    "{\"action\":\"approve\",\"by\":\"ada\",\"why\":\"the <b>alert</b> is known\",\"holds\":"      \
    "\"30m\",\"expires\":\"1h\"}"

static const unsigned char key[32] = "0123456789abcdef0123456789abcde";
static struct gatecall     c;
static char                path[4096];

static const char live_run[] =
    "{\"id\":\"" RUN "\",\"service\":\"reviews\",\"namespace\":\"prod\",\"revision\":\"v2\","
    "\"canary\":\"v2\",\"state\":\"live\",\"verdict\":\"hold\",\"reason\":\"too_few_requests\","
    "\"message\":\"41 of 100\"}";

static struct answer *
post(const char *target, const char *body)
{
    return gatecall_final(&c, REQUEST_POST, target, body);
}

static int
set_up(void **state)
{
    (void)state;
    gatecall_init(&c);
    c.port.port.link_key = key;
    c.port.read_body = live_run;
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
make_link_of(const char *body)
{
    const struct answer *a = post("/v1/runs/" RUN "/links", body);
    json_t              *v = json_loadb(a->body.p, a->body.n, 0, NULL);

    assert_int_equal(a->code, 200);
    snprintf(path, sizeof path, "%s", json_string_value(json_object_get(v, "path")));
    json_decref(v);
}

static void
make_link(void)
{
    make_link_of(BODY);
}

static void
a_link_is_shown_and_then_acts(void **state)
{
    const struct answer *a;
    (void)state;

    make_link();
    a = gatecall_final(&c, REQUEST_GET, path, "");
    gatecall_wants(a, 200, "<button>Approve</button>");
    gatecall_wants(a, 200, "the &lt;b&gt;alert&lt;/b&gt; is known");
    gatecall_wants(a, 200, "too_few_requests");
    assert_null(strstr(a->body.p, "<b>"));
    assert_int_equal(c.port.n_acts, 0); /* who only looks does nothing */

    gatecall_wants(post(path, "by=Bob+B%C3%A4r&why=seen"), 200, "used up");
    assert_int_equal(c.port.n_acts, 1);
    assert_string_equal(c.port.act.run, RUN);
    assert_string_equal(c.port.act.revision, "v2");
    assert_string_equal(c.port.act.via, "link");
    assert_string_equal(c.port.act.override.by, "Bob B\xc3\xa4r");
    assert_int_equal(c.port.act.override.action, OVERRIDE_APPROVE);
    assert_int_equal(c.port.act.override.until_ms, c.wall_ms + 30 * 60000);
    assert_int_equal(c.port.act.link_until_ms, c.wall_ms + 60 * 60000);
    assert_true(ulid_valid(slice_of(c.port.act.link)));
}

static void
how_long_it_holds_is_told_in_words(void **state)
{
    static const struct {
        const char *holds, *shown;
    } cases[] = {
        {"30m", "30 min from the click on"}, {"8h", "8 h from the click on"},
        {"90s", "1 min 30 s from"},          {"20s", "20 s from the click on"},
        {"7d", "7 d from the click on"},     {"1d2h3m4s", "1 d 2 h 3 min 4 s from"},
        {"1500ms", "2 s from the click on"}, /* not less than it is */
    };
    char body[160];
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(body, sizeof body,
                 "{\"action\":\"approve\",\"by\":\"a\",\"why\":\"b\",\"holds\":\"%s\"}",
                 cases[i].holds);
        make_link_of(body);
        gatecall_wants(gatecall_final(&c, REQUEST_GET, path, ""), 200, cases[i].shown);
    }
    make_link_of("{\"action\":\"veto\",\"by\":\"a\",\"why\":\"b\"}");
    gatecall_wants(gatecall_final(&c, REQUEST_GET, path, ""), 200, "until it is cleared");
}

static void
what_is_no_link_any_more_says_so(void **state)
{
    (void)state;
    make_link();
    c.wall_ms += 60 * 60000;
    gatecall_wants(gatecall_final(&c, REQUEST_GET, path, ""), 410, "expired");
    gatecall_wants(post(path, "by=bob&why=x"), 410, "expired");
    c.wall_ms -= 60 * 60000;
    c.port.act_status = STATUS_CONFLICT;
    c.port.err = "this link was used before";
    gatecall_wants(post(path, "by=bob&why=x"), 409, "used before");
    path[strlen(path) - 1] ^= 1;
    gatecall_wants(post(path, "by=bob&why=x"), 403, "altered");
    assert_int_equal(c.port.n_acts, 1);
}

static void
nobody_acts_without_a_name(void **state)
{
    static const char *const forms[] = {"",           "by=bob",       "by=&why=x",
                                        "by=+&why=x", "why=x&by=%0a", "by=%zz&why=x"};
    (void)state;

    make_link();
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        gatecall_wants(post(path, forms[i]), 400, "Your name");
    c.origin = "https://elsewhere.example";
    gatecall_wants(post(path, "by=bob&why=x"), 403, "Another page");
    assert_int_equal(c.port.n_acts, 0);
}

static void
guesses_are_limited(void **state)
{
    int refused = 0, limited = 0;
    (void)state;

    for (int i = 0; i < 50; i++) {
        int code = gatecall_final(&c, REQUEST_GET, "/v1/links/00", "")->code;

        refused += code == 403;
        limited += code == 429;
    }
    assert_int_equal(refused, 10);
    assert_int_equal(limited, 40);
    c.mono_ms += 1000;
    assert_int_equal(gatecall_final(&c, REQUEST_GET, "/v1/links/00", "")->code, 403);
}

static void
what_makes_no_link(void **state)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        {"{\"action\":\"clear\",\"by\":\"a\",\"why\":\"b\"}", "action is not"},
        {"{\"action\":\"approve\",\"by\":\"a\",\"why\":\"b\"}", "holds is missing"},
        {"{\"action\":\"veto\",\"by\":\"a\"}", "why is missing"},
        {"{\"action\":\"veto\",\"by\":\"a\",\"why\":\"b\",\"expires\":\"8d\"}", "expires is no"},
        {"{\"action\":\"veto\",\"by\":\"a\",\"why\":\"b\",\"hold\":\"1h\"}", "did you mean holds?"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        gatecall_wants(post("/v1/runs/" RUN "/links", cases[i].body), 400, cases[i].part);
    gatecall_wants(post("/v1/runs/none/links", BODY), 404, "hint");
    c.port.read_code = 404;
    gatecall_wants(post("/v1/runs/" RUN "/links", BODY), 404, "hint");
    c.port.read_code = 200;
    c.port.read_body = "{\"revision\":\"v2\",\"state\":\"ended\"}";
    gatecall_wants(post("/v1/runs/" RUN "/links", BODY), 409, "ended");
    c.port.port.link_key = NULL;
    gatecall_wants(post("/v1/runs/" RUN "/links", BODY), 404, "hint");
    gatecall_wants(gatecall_final(&c, REQUEST_GET, "/v1/links/00", ""), 404, "makes no links");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_link_is_shown_and_then_acts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(how_long_it_holds_is_told_in_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_link_any_more_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_acts_without_a_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(guesses_are_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_makes_no_link, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
