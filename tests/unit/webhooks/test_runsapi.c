#include "webhooks/runsapi.h"

#include "tests/unit/webhooks/gatecall.h"

static struct gatecall c;

#define ID "01JD0000000000000000000RVN"

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

static struct answer *
get(const char *target)
{
    return gatecall_final(&c, REQUEST_GET, target, "");
}

static void
parameters_become_a_read(void **state)
{
    const struct port_read *r = &c.port.read;

    (void)state;
    gatecall_wants(get("/v1/runs"), 200, "{\"runs\":[]}");
    assert_int_equal(r->what, PORT_READ_RUNS);
    assert_int_equal(r->limit, RUNSAPI_LIMIT);
    assert_int_equal(r->state, -1);
    assert_int_equal(r->verdict, -1);
    assert_int_equal(r->since_ms, 0);

    gatecall_wants(get("/v1/runs?namespace=prod&service=reviews&state=ended&verdict=abort"
                       "&limit=500&after=" ID "&since=15m"),
                   200, "");
    assert_string_equal(r->ns, "prod");
    assert_string_equal(r->service, "reviews");
    assert_int_equal(r->state, RECORD_ENDED);
    assert_int_equal(r->verdict, VERDICT_ABORT);
    assert_int_equal(r->limit, 500);
    assert_string_equal(r->after, ID);
    assert_int_equal(r->since_ms, c.wall_ms - 15 * 60 * 1000);

    /* date -u -d @1795385405.12 */
    gatecall_wants(get("/v1/verdicts?since=2026-11-22T22:10:05.12Z"), 200, "");
    assert_int_equal(r->what, PORT_READ_VERDICTS);
    assert_int_equal(r->since_ms, 1795385405120);
    gatecall_wants(get("/v1/runs/" ID "/intervals?since=1795385405120&limit=1"), 200, "");
    assert_int_equal(r->what, PORT_READ_INTERVALS);
    assert_string_equal(r->run, ID);
    assert_int_equal(r->since_ms, 1795385405120);
    gatecall_wants(get("/v1/runs/" ID "/timeline?limit=300"), 200, "");
    assert_int_equal(r->what, PORT_READ_TIMELINE);
    assert_int_equal(r->limit, 300);
    gatecall_wants(get("/v1/runs/" ID), 200, "");
    assert_int_equal(r->what, PORT_READ_RUN);
    gatecall_wants(get("/v1/services/prod/re%76iews/versions"), 200, "");
    assert_int_equal(r->what, PORT_READ_VERSIONS);
    assert_string_equal(r->ns, "prod");
    assert_string_equal(r->service, "reviews");
}

static void
what_is_not_understood_is_refused(void **state)
{
    static const struct {
        const char *target;
        int         code;
    } cases[] = {
        {"/v1/runs?limit=0", 400},
        {"/v1/runs?limit=501", 400},
        {"/v1/runs?limit=x", 400},
        {"/v1/runs?state=dead", 400},
        {"/v1/runs?verdict=passed", 400},
        {"/v1/runs?since=yesterday", 400},
        {"/v1/runs?since=-5", 400},
        {"/v1/runs?since=2026-11-22T22:10:05", 400},
        {"/v1/runs?since=2026-11-22T22:10:05.Z", 400},
        {"/v1/runs?since=2026-02-29T22:10:05Z", 400},
        {"/v1/runs?after=x", 400},
        {"/v1/runs?colour=red", 400},
        {"/v1/verdicts?state=live", 400},
        {"/v1/runs/" ID "?limit=1", 400},
        {"/v1/runs/x", 404},
        {"/v1/runs/01JD0000000000000000000RUN", 404}, /* U is no letter of base 32 */
        {"/v1/services/prod/%zz/versions", 404},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        gatecall_wants(get(cases[i].target), cases[i].code, "\"hint\":\"");
}

static void
a_busy_history_says_so(void **state)
{
    (void)state;
    c.port.full = true;
    gatecall_wants(get("/v1/runs"), 503, "busy");
    c.port.full = false;
    assert_int_equal(gatecall_ask(&c, REQUEST_GET, "/v1/runs", (struct slice){0}, NULL),
                     GATES_LATER);
    assert_int_equal(c.answer.code, 503); /* what is told when it takes too long */
    c.port.read_code = 404;
    c.port.read_body = "{\"error\":\"no such run\",\"hint\":\"\"}";
    fakeport_pump(&c.port);
    gatecall_wants(&c.later, 404, "no such run");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parameters_become_a_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_understood_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_busy_history_says_so, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
