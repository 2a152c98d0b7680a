#include "webhooks/promapi.h"

#include "tests/unit/webhooks/promfixture.h"

#include <zlib.h>

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

static const struct answer *
get(const char *target)
{
    promfixture_ask(&f, REQUEST_GET, target, "");
    return f.answer;
}

#define OK(data) "{\"status\":\"success\",\"data\":" data "}"
#define FAIL(type, text) "{\"status\":\"error\",\"errorType\":\"" type "\",\"error\":\"" text "\"}"

struct example {
    const char *target;
    int         code;
    const char *body; /* as JSON: how strings are escaped does not matter */
};

static void
answers_are(const struct example *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *body = promfixture_ask(&f, REQUEST_GET, e[i].target, "");
        json_t     *got = json_loads(body, 0, NULL), *want = json_loads(e[i].body, 0, NULL);

        assert_non_null(want);
        if (f.answer->code != e[i].code || !json_equal(got, want))
            fail_msg("%s\nwant %d %s\ngot  %d %s", e[i].target, e[i].code, e[i].body,
                     f.answer->code, body);
        json_decref(got);
        json_decref(want);
    }
}

/* Bodies of Prometheus 2.42 over the same samples. */
static void
results_have_the_formats_of_prometheus(void **state)
{
    static const struct example e[] = {
        {"/api/v1/query?query=up&time=1700000016", 200,
         OK("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"up\",\"instance\":"
            "\"a:1\",\"job\":\"api\"},\"value\":[1700000016,\"1\"]},{\"metric\":{\"__name__\":"
            "\"up\",\"instance\":\"b:1\",\"job\":\"api\"},\"value\":[1700000016,\"0.5\"]}]}")},
        {"/api/v1/query?query=tiny&time=1700000000", 200,
         OK("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"tiny\"},\"value\":"
            "[1700000000,\"1e-07\"]}]}")},
        {"/api/v1/query?query=tiny&time=1700000016", 200,
         OK("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"tiny\"},\"value\":"
            "[1700000016,\"NaN\"]}]}")},
        {"/api/v1/query?query=huge&time=1700000000", 200,
         OK("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"huge\"},\"value\":"
            "[1700000000,\"1e+21\"]}]}")},
        {"/api/v1/query?query=huge&time=1700000016", 200,
         OK("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"huge\"},\"value\":"
            "[1700000016,\"+Inf\"]}]}")},
        {"/api/v1/query?query=odd&time=1700000001.5", 200,
         OK("{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"odd\",\"lt\":"
            "\"\\u003c\\u0026\\u003e\",\"path\":\"/a\\\"b\\\\c\",\"utf\":\"\xc3\xa9\"},\"value\":["
            "1700000001.500,\"-0\"]}]}")},
        {"/api/v1/query?query=odd[1m]&time=1700000020", 200,
         OK("{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"__name__\":\"odd\",\"lt\":"
            "\"\\u003c\\u0026\\u003e\",\"path\":\"/a\\\"b\\\\c\",\"utf\":\"\xc3\xa9\"},\"values\":"
            "[[1700000000.500,\"-0\"],[1700000015.250,\"123456.789\"]]}]}")},
        {"/api/v1/query?query=1e21&time=1700000001.5", 200,
         OK("{\"resultType\":\"scalar\",\"result\":[1700000001.5,\"1000000000000000000000\"]}")},
        {"/api/v1/query?query=%22x%3Cy%22&time=1700000001", 200,
         OK("{\"resultType\":\"string\",\"result\":[1700000001,\"x\\u003cy\"]}")},
        {"/api/v1/query?query=nothing&time=1700000001", 200,
         OK("{\"resultType\":\"vector\",\"result\":[]}")},
        {"/api/v1/query_range?query=up&start=1700000000&end=1700000016&step=7.5", 200,
         OK("{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"__name__\":\"up\",\"instance\":"
            "\"a:1\",\"job\":\"api\"},\"values\":[[1700000000,\"1\"],[1700000007.500,\"1\"],["
            "1700000015,\"1\"]]},{\"metric\":{\"__name__\":\"up\",\"instance\":\"b:1\",\"job\":"
            "\"api\"},\"values\":[[1700000000,\"0\"],[1700000007.500,\"0\"],[1700000015,\"0.5\"]]}"
            "]}")},
        {"/api/v1/query_range?query=nothing&start=1700000000&end=1700000016&step=7.5", 200,
         OK("{\"resultType\":\"matrix\",\"result\":[]}")},
        {"/api/v1/format_query?query=sum(up)by(job)", 200, OK("\"sum by (job) (up)\"")},
        {"/api/v1/query_exemplars?query=up", 200, OK("[]")},
        {"/prom/api/v1/query?query=nothing", 200, OK("{\"resultType\":\"vector\",\"result\":[]}")},
    };

    (void)state;
    answers_are(e, ARRAY_LEN(e));
}

/* Three decimals or none in lists, as a float in scalars: whatever JSON readers
 * make of both. */
static void
times_are_written_as_prometheus_writes_them(void **state)
{
    (void)state;
    gatecall_wants(get("/api/v1/query?query=odd&time=1700000001.5"), 200,
                   "[1700000001.500,\"-0\"]");
    gatecall_wants(get("/api/v1/query?query=1&time=1700000001.5"), 200, "[1700000001.5,\"1\"]");
    gatecall_wants(get("/api/v1/query?query=1&time=-0.25"), 200, "[-0.25,\"1\"]");
    gatecall_wants(get("/api/v1/query?query=1"), 200, "[1700000016,\"1\"]");
    gatecall_wants(get("/api/v1/query?query=1&time=2023-11-14T22:13:20.5%2B00:00"), 200,
                   "[1700000000.5,\"1\"]");
}

/* Texts and codes of Prometheus 2.42, but for the range vector, where 3.x names
 * the parameter. */
static void
errors_have_the_types_and_texts_of_prometheus(void **state)
{
    static const struct example e[] = {
        {"/api/v1/query?query=up%20%2B&time=1", 400,
         FAIL("bad_data",
              "invalid parameter \\\"query\\\": 1:5: parse error: unexpected end of input")},
        {"/api/v1/query?query=", 400,
         FAIL("bad_data", "invalid parameter \\\"query\\\": 1:1: parse error: no expression found "
                          "in input")},
        {"/api/v1/format_query", 400,
         FAIL("bad_data", "invalid parameter \\\"query\\\": 1:1: parse error: no expression found "
                          "in input")},
        {"/api/v1/query?query=1&time=x", 400,
         FAIL("bad_data", "invalid parameter \\\"time\\\": Invalid time value for 'time': cannot "
                          "parse \\\"x\\\" to a valid timestamp")},
        {"/api/v1/query?query=1&timeout=x", 400,
         FAIL("bad_data",
              "invalid parameter \\\"timeout\\\": cannot parse \\\"x\\\" to a valid duration")},
        {"/api/v1/query?query=1&limit=x", 400,
         FAIL("bad_data", "invalid parameter \\\"limit\\\": strconv.Atoi: parsing \\\"x\\\": "
                          "invalid syntax")},
        {"/api/v1/query?query=1&limit=-1", 400,
         FAIL("bad_data", "invalid parameter \\\"limit\\\": limit must be non-negative")},
        {"/api/v1/query?query=1&lookback_delta=x", 400,
         FAIL("bad_data", "error parsing lookback delta duration: cannot parse \\\"x\\\" to a "
                          "valid duration")},
        {"/api/v1/query?query=1&timeout=0", 503, FAIL("timeout", "query timed out in query queue")},
        {"/api/v1/query_range?query=1&start=2&end=1&step=1", 400,
         FAIL("bad_data",
              "invalid parameter \\\"end\\\": end timestamp must not be before start time")},
        {"/api/v1/query_range?query=1&start=1&end=2&step=0", 400,
         FAIL("bad_data", "invalid parameter \\\"step\\\": zero or negative query resolution step "
                          "widths are not accepted. Try a positive integer")},
        {"/api/v1/query_range?query=1&start=1&end=2000000&step=1", 400,
         FAIL("bad_data", "exceeded maximum resolution of 11,000 points per timeseries. Try "
                          "decreasing the query resolution (?step=XX)")},
        {"/api/v1/query_range?query=up[1m]&start=1&end=2&step=1", 400,
         FAIL("bad_data", "invalid parameter \\\"query\\\": invalid expression type \\\"range "
                          "vector\\\" for range query, must be Scalar or instant Vector")},
        {"/api/v1/query_range?query=1&start=&end=2&step=1", 400,
         FAIL("bad_data",
              "invalid parameter \\\"start\\\": cannot parse \\\"\\\" to a valid timestamp")},
        {"/api/v1/query_range?query=1&start=1&end=2&step=", 400,
         FAIL("bad_data",
              "invalid parameter \\\"step\\\": cannot parse \\\"\\\" to a valid duration")},
        {"/api/v1/query_range?query=1&start=1&end=2&step=1e300", 400,
         FAIL("bad_data", "invalid parameter \\\"step\\\": cannot parse \\\"1e300\\\" to a valid "
                          "duration. It overflows int64")},
        {"/api/v1/query?query=%zz", 400,
         FAIL("bad_data", "error parsing form values: invalid URL escape near \\\"%zz\\\"")},
        {"/api/v1/rules?type=x", 400,
         FAIL("bad_data", "invalid parameter \\\"type\\\": not supported value \\\"x\\\"")},
        {"/api/v1/metadata?limit=x", 400, FAIL("bad_data", "limit must be a number")},
    };

    (void)state;
    answers_are(e, ARRAY_LEN(e));
    gatecall_wants(get("/api/v1/query?query=up%2Bon()up&time=1700000016"), 422,
                   "\"errorType\":\"execution\",\"error\":\"found duplicate series for the "
                   "match group {} on the right hand-side of the operation: ");
}

/* 11,000 steps are 11,001 points, and they are answered. */
static void
a_range_of_11000_steps_is_answered(void **state)
{
    (void)state;
    gatecall_wants(get("/api/v1/query_range?query=vector(1)&start=0&end=11000&step=1"), 200,
                   "[11000,\"1\"]]}]}}");
}

static void
forms_come_by_post_too(void **state)
{
    static const char *const types[] = {NULL, "application/x-www-form-urlencoded",
                                        "application/x-www-form-urlencoded; charset=UTF-8"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        f.call.content_type = types[i];
        gatecall_wants((promfixture_ask(&f, REQUEST_POST, "/api/v1/query?query=2",
                                        "query=1%20%2B%0A+1&time=4"),
                        f.answer),
                       200, "[4,\"2\"]"); /* the body comes before the query string */
    }
    f.call.content_type = "application/json";
    gatecall_wants(
        (promfixture_ask(&f, REQUEST_POST, "/api/v1/query?query=2&time=4", "query=1"), f.answer),
        200, "[4,\"2\"]");
}

static void
warnings_infos_and_stats_stand_beside_the_data(void **state)
{
    (void)state;
    gatecall_wants(get("/api/v1/query?query=rate(up[1m])&time=1700000016"), 200,
                   "]},\"infos\":[\"PromQL info: metric might not be a counter, name does not "
                   "end in _total/_sum/_count/_bucket: \\\"up\\\" (1:6)\"]}");
    gatecall_wants(get("/api/v1/query?query=quantile(2,up)&time=1700000016"), 200,
                   "]},\"warnings\":[\"PromQL warning: quantile value should be between 0 and "
                   "1, got 2 (1:10)\"]}");
    gatecall_wants(get("/api/v1/query?query=up&time=1700000016&limit=1"), 200,
                   "]},\"warnings\":[\"results truncated due to limit\"]}");
    assert_null(strstr(f.answer->body.p, "b:1"));
    gatecall_wants(get("/api/v1/query?query=up&time=1700000016&stats=1"), 200,
                   "\"samples\":{\"totalQueryableSamples\":");
}

/* As many notes as Prometheus tells, and how many more there are. */
static void
notes_beyond_ten_are_counted(void **state)
{
    char   target[2048] = "/api/v1/query?time=1700000016&query=quantile(2,up)";
    size_t n = strlen(target);

    (void)state;
    for (int i = 3; i < 15; i++)
        n += (size_t)snprintf(target + n, sizeof target - n, "%%2Bquantile(%d,up)", i);
    gatecall_wants(get(target), 200, ",\"3 more warning annotations omitted\"]");
}

static void
what_prometheus_does_not_serve_is_refused_as_there(void **state)
{
    static const struct {
        enum request_method method;
        const char         *target;
        int                 code;
        const char         *body;
    } cases[] = {
        {REQUEST_GET, "/api/v1/nothing", 404, "404 page not found"},
        {REQUEST_GET, "/api/", 404, "404 page not found"},
        {REQUEST_GET, "/prom/api/v2/query", 404, "404 page not found"},
        {REQUEST_POST, "/api/v1/targets", 405, "Method Not Allowed"},
        {REQUEST_HEAD, "/api/v1/query", 405, "Method Not Allowed"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        promfixture_ask(&f, cases[i].method, cases[i].target, "");
        gatecall_wants(f.answer, cases[i].code, cases[i].body);
        assert_int_equal(f.answer->type, ANSWER_LINE);
    }
    f.call.port.port.api = NULL;
    promfixture_ask(&f, REQUEST_GET, "/api/v1/query?query=1", "");
    gatecall_wants(f.answer, 404, "404 page not found");
}

static void
a_full_queue_and_a_caller_that_left(void **state)
{
    atomic_bool gone = true;

    (void)state;
    f.full = true;
    gatecall_wants(get("/api/v1/query?query=1"), 503, "\"errorType\":\"unavailable\"");
    f.full = false;
    f.call.gone = &gone;
    gatecall_wants(get("/api/v1/query?query=1"), 499, "\"errorType\":\"canceled\"");
    gone = false;
    gatecall_wants(get("/api/v1/query?query=1"), 200, "");
}

/* What is told while a worker is busy with it: after the query's own time. */
static void
an_answer_is_waited_for_as_long_as_the_query_may_take(void **state)
{
    (void)state;
    f.api.limits.timeout_ms = 30000;
    promfixture_ask(&f, REQUEST_GET, "/api/v1/query?query=1", "");
    assert_int_equal(f.call.answer.code, 503);
    assert_true(f.call.answer.wait_ms > 30000 && f.call.answer.wait_ms < 35000);
}

static void
results_over_the_limits_are_errors(void **state)
{
    (void)state;
    f.api.limits.max_body_bytes = 1000;
    gatecall_wants(get("/api/v1/query_range?query=up&start=1700000000&"
                       "end=1700000100&step=1"),
                   422, "\"errorType\":\"execution\",\"error\":\"the answer is larger than");
    f.api.limits.max_body_bytes = 0;
    f.api.limits.max_samples = 1;
    gatecall_wants(get("/api/v1/query?query=up[1m]&time=1700000016"), 422,
                   "query processing would load too many samples into memory");
}

/* A packed answer unpacks to the same bytes; short ones are left as they are. */
static void
answers_are_packed_for_those_who_take_gzip(void **state)
{
    static const char target[] =
        "/api/v1/query_range?query=up&start=1700000000&end=1700000200&step=1";
    static unsigned char out[1 << 16];
    z_stream             z = {0};
    char                *plain = strdup(promfixture_ask(&f, REQUEST_GET, target, ""));

    (void)state;
    assert_false(f.answer->gzip);
    f.call.accept_encoding = "deflate, gzip;q=1.0, *;q=0.5";
    f.call.gone = NULL;
    promfixture_ask(&f, REQUEST_GET, target, "");
    assert_true(f.call.later.gzip);
    assert_true(f.call.later.body.n < strlen(plain) / 4);
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_in = (unsigned char *)f.call.later.body.p;
    z.avail_in = (unsigned)f.call.later.body.n;
    z.next_out = out;
    z.avail_out = sizeof out - 1;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    assert_string_equal(out, plain);
    free(plain);
    promfixture_ask(&f, REQUEST_GET, "/api/v1/query?query=1", "");
    assert_false(f.answer->gzip);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(results_have_the_formats_of_prometheus, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times_are_written_as_prometheus_writes_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(errors_have_the_types_and_texts_of_prometheus, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_range_of_11000_steps_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forms_come_by_post_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warnings_infos_and_stats_stand_beside_the_data, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(notes_beyond_ten_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_prometheus_does_not_serve_is_refused_as_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_and_a_caller_that_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_waited_for_as_long_as_the_query_may_take,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(results_over_the_limits_are_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_are_packed_for_those_who_take_gzip, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
