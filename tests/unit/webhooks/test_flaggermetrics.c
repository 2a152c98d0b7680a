#include "webhooks/flaggermetrics.h"

#include "tests/unit/webhooks/gatecall.h"

#include <math.h>

static struct gatecall c;

static int
setup(void **state)
{
    (void)state;
    gatecall_init(&c);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    gatecall_release(&c);
    return 0;
}

#define PATH "/flagger/api/v1/query"
#define VERDICT "verdictd_verdict%7Bnamespace%3D%22prod%22%2Cservice%3D%22reviews%22%7D"

static struct answer *
get(const char *query)
{
    char target[512];

    snprintf(target, sizeof target, PATH "?query=%s", query);
    return gatecall_final(&c, REQUEST_GET, target, "");
}

/* What Flagger's client makes of it (pkg/metrics/providers/prometheus.go): the last
 * element's value, a string that is a number and not NaN; else there is none. */
static bool
flagger_reads(const struct answer *a, double *value)
{
    json_t     *json = json_loadb(a->body.p, a->body.n, 0, NULL);
    const char *text = NULL;
    char       *end;
    json_t     *result = json_object_get(json_object_get(json, "data"), "result");

    if (a->code >= 400 || !json_is_array(result))
        fail_msg("%d %s", a->code, a->body.p);
    for (size_t i = 0; i < json_array_size(result); i++)
        text = json_string_value(
            json_array_get(json_object_get(json_array_get(result, i), "value"), 1));
    *value = text ? strtod(text, &end) : NAN;
    json_decref(json);
    return !isnan(*value);
}

static void
values_are_what_flagger_reads(void **state)
{
    static const double values[] = {1, 0, -1, -2, 98.69047619047619, 1e12, 0.0009, 5e-7};
    double              got;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        c.port.measure_value = values[i];
        assert_true(flagger_reads(get(VERDICT), &got));
        check_close(got, values[i], 0);
    }
    assert_int_equal(c.port.measured.what, PORT_METRIC_VERDICT);
    assert_string_equal(c.port.measured.ns, "prod");
    assert_string_equal(c.port.measured.service, "reviews");
    assert_true(flagger_reads(get("vector%281%29"), &got));
    check_close(got, 1, 0);
    c.port.measure_status = STATUS_NO_DATA;
    assert_false(flagger_reads(get(VERDICT), &got));
}

/* By POST, too, and under an address that ends in a slash. */
static void
parameters_come_as_prometheus_takes_them(void **state)
{
    (void)state;
    c.content_type = "application/x-www-form-urlencoded";
    gatecall_wants(gatecall_final(&c, REQUEST_POST, PATH, "query=vector(1)&time=1"), 200, "\"1\"");
    c.content_type = NULL;
    gatecall_wants(gatecall_final(&c, REQUEST_GET, PATH "?query=vector%281%29+%2B+0", ""), 422,
                   "none of Flagger");
}

static void
what_is_no_number_is_an_error(void **state)
{
    static const double values[] = {NAN, INFINITY, -INFINITY};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        c.port.measure_value = values[i];
        gatecall_wants(get(VERDICT), 503, "no finite number");
    }
    c.port.err = "source mesh: connection refused";
    c.port.measure_status = STATUS_UNREACHABLE;
    gatecall_wants(get(VERDICT), 503, "connection refused");
    c.port.measure_status = STATUS_BAD_QUERY;
    gatecall_wants(get(VERDICT), 422, "\"errorType\":\"execution\"");
    c.port.full = true;
    gatecall_wants(get(VERDICT), 503, "too much is waiting");
    c.port.lookup = PORT_UNKNOWN_SERVICE;
    gatecall_wants(get(VERDICT), 422, "no service");
    assert_int_equal(c.port.n_measures, 5);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(values_are_what_flagger_reads),
        TEST(parameters_come_as_prometheus_takes_them),
        TEST(what_is_no_number_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
