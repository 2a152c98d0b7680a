#include "webhooks/promseries.h"

#include "tests/unit/webhooks/promfixture.h"

static struct promfixture f;

static int
set_up(void **state)
{
    (void)state;
    promfixture_init(&f);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    promfixture_release(&f);
    return 0;
}

#define DATA(data) "{\"status\":\"success\",\"data\":" data "}"
#define BAD(text) "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"" text "\"}"
#define UP_A "{\"__name__\":\"up\",\"instance\":\"a:1\",\"job\":\"api\"}"
#define UP_B "{\"__name__\":\"up\",\"instance\":\"b:1\",\"job\":\"api\"}"

/* Bodies of Prometheus 2.42 over the same samples; those with limit as 3.x. */
static void
series_labels_and_values(void **state)
{
    static const struct {
        const char *target;
        int         code;
        const char *body;
    } cases[] = {
        {"/api/v1/series?match[]=up", 200, DATA("[" UP_A "," UP_B "]")},
        {"/api/v1/series?match%5B%5D=up", 200, DATA("[" UP_A "," UP_B "]")},
        {"/api/v1/series?match[]=%7Bjob=%22api%22%7D&match[]=up", 200, DATA("[" UP_A "," UP_B "]")},
        {"/api/v1/series?match[]=up&limit=1", 200,
         "{\"status\":\"success\",\"data\":[" UP_A "],\"warnings\":[\"results truncated due to "
         "limit\"]}"},
        {"/api/v1/series?match[]=up&limit=2", 200, DATA("[" UP_A "," UP_B "]")},
        {"/api/v1/series?match[]=up&limit=0", 200, DATA("[" UP_A "," UP_B "]")},
        {"/api/v1/series?match[]=nothing", 200, DATA("[]")},
        {"/api/v1/series", 400, BAD("no match[] parameter provided")},
        {"/api/v1/series?match[]=%7B__name__=~%22.*%22%7D", 400,
         BAD("invalid parameter \\\"match[]\\\": match[] must contain at least one non-empty "
             "matcher")},
        {"/api/v1/series?match[]=up&start=x", 400,
         BAD("invalid parameter \\\"start\\\": Invalid time value for 'start': cannot parse "
             "\\\"x\\\" to a valid timestamp")},
        {"/api/v1/labels", 200,
         DATA("[\"__name__\",\"instance\",\"job\",\"lt\",\"path\",\"utf\"]")},
        {"/api/v1/labels?match[]=odd", 200, DATA("[\"__name__\",\"lt\",\"path\",\"utf\"]")},
        {"/api/v1/labels?match[]=odd&match[]=up&limit=3", 200,
         "{\"status\":\"success\",\"data\":[\"__name__\",\"instance\",\"job\"],\"warnings\":["
         "\"results truncated due to limit\"]}"},
        {"/api/v1/labels?match[]=%7B__name__=~%22.*%22%7D", 400,
         BAD("match[] must contain at least one non-empty matcher")},
        {"/api/v1/labels?match[]=up%7B", 400,
         BAD("1:4: parse error: unexpected end of input inside braces")},
        {"/api/v1/label/job/values", 200, DATA("[\"api\"]")},
        {"/api/v1/label/__name__/values", 200, DATA("[\"huge\",\"odd\",\"tiny\",\"up\"]")},
        {"/api/v1/label/__name__/values?limit=1", 200,
         "{\"status\":\"success\",\"data\":[\"huge\"],\"warnings\":[\"results truncated due to "
         "limit\"]}"},
        {"/api/v1/label/job/values?match[]=odd", 200, DATA("[]")},
        {"/api/v1/label/instance/values?match[]=up%7Binstance!=%22a:1%22%7D", 200,
         DATA("[\"b:1\"]")},
        {"/api/v1/label/none/values", 200, DATA("[]")},
        {"/api/v1/label/none/values?match[]=up%7B", 400,
         BAD("1:4: parse error: unexpected end of input inside braces")},
        /* Names of any UTF-8, plain or escaped (model.UnescapeName). */
        {"/api/v1/label/b-d/values", 200, DATA("[]")},
        {"/api/v1/label/U__job/values", 200, DATA("[\"api\"]")},
        {"/api/v1/label/U__j_6f_b/values", 200, DATA("[\"api\"]")},
        {"/api/v1/label/%ff/values", 400, BAD("invalid label name: \\\"\\ufffd\\\"")},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *body = promfixture_ask(&f, REQUEST_GET, cases[i].target, "");
        json_t     *got = json_loads(body, 0, NULL), *want = json_loads(cases[i].body, 0, NULL);

        if (!want || f.answer->code != cases[i].code || !json_equal(got, want))
            fail_msg("%s\nwant %d %s\ngot  %d %s", cases[i].target, cases[i].code, cases[i].body,
                     f.answer->code, body);
        json_decref(got);
        json_decref(want);
    }
}

static void
a_selector_that_is_none(void **state)
{
    (void)state;
    promfixture_ask(&f, REQUEST_GET, "/api/v1/series?match[]=up%7B", "");
    gatecall_wants(f.answer, 400, "invalid parameter \\\"match[]\\\": 1:4: parse error: ");
}

static void
matches_come_by_post(void **state)
{
    (void)state;
    promfixture_ask(&f, REQUEST_POST, "/api/v1/series", "match%5B%5D=up&end=1700000020");
    gatecall_wants(f.answer, 200, "\"data\":[" UP_A "," UP_B "]}");
    promfixture_ask(&f, REQUEST_POST, "/api/v1/labels", "match%5B%5D=tiny");
    gatecall_wants(f.answer, 200, "\"data\":[\"__name__\"]}");
    promfixture_ask(&f, REQUEST_POST, "/api/v1/label/job/values", "");
    gatecall_wants(f.answer, 405, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(series_labels_and_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_selector_that_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(matches_come_by_post, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
