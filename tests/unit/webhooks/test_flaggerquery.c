/* The queries are those of fluxcd/flagger pkg/metrics/observers (release 1.44.0), blanks
 * squeezed as its client does, for the Canary podinfo in the namespace test. */
#include "webhooks/flaggerquery.h"

#include "tests/support/check.h"

#define RATE(metric, sel, bad)                                                                     \
    "sum(rate(" metric "{" sel "," bad "}[1m])) / sum(rate(" metric "{" sel "}[1m])) * 100"
#define P99(metric, sel) "histogram_quantile(0.99, sum(rate(" metric "{" sel "}[1m])) by (le))"
#define MEAN(metric, sel)                                                                          \
    "sum(rate(" metric "_sum{" sel "}[1m])) / sum(rate(" metric "_count{" sel "}[1m])) * 1000"

#define ISTIO                                                                                      \
    "reporter=\"destination\",destination_workload_namespace=\"test\","                            \
    "destination_workload=~\"podinfo\""
#define LINKERD "namespace=\"test\",deployment=~\"podinfo\",direction=\"inbound\""
#define PODS                                                                                       \
    "kubernetes_namespace=\"test\",kubernetes_pod_name=~\"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)\""
#define NGINX "namespace=\"test\",ingress=\"podinfo\",canary!=\"\""
#define CONTOUR "envoy_cluster_name=~\"test_podinfo-canary_[0-9a-zA-Z-]+\""
#define GLOO "envoy_cluster_name=~\"test-podinfo-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+\""
#define KUMA "service=~\"podinfo-canary_test_svc_[0-9a-zA-Z-]+\""
#define TRAEFIK "service=~\"test-podinfo-canary-[0-9a-zA-Z-]+@kubernetescrd\""
#define APISIX "route=~\"test_podinfo-route-podinfo-canary_.+\""
#define OSM                                                                                        \
    "destination_namespace=\"test\",destination_kind=\"Deployment\",destination_name=\"podinfo\""

#define KNATIVE "envoy_cluster_name=~\"test/podinfo-00042\""
#define SKIPPER "route=~\"kube(ew)?_test__my_ingress_canary__.*__podinfo_canary(_[0-9]+)?\""

static const struct {
    const char      *query;
    enum port_metric what;
    bool             names; /* by the labels alone */
} built_in[] = {
    {RATE("istio_requests_total", ISTIO, "response_code!~\"5.*\""), PORT_METRIC_SUCCESS_RATE, true},
    {P99("istio_request_duration_milliseconds_bucket", ISTIO), PORT_METRIC_DURATION, true},
    {RATE("response_total", LINKERD, "classification!=\"failure\""), PORT_METRIC_SUCCESS_RATE,
     true},
    {P99("response_latency_ms_bucket", LINKERD), PORT_METRIC_DURATION, true},
    {RATE("http_request_duration_seconds_count", PODS, "status!~\"5.*\""), PORT_METRIC_SUCCESS_RATE,
     true},
    {P99("http_request_duration_seconds_bucket", PODS) " * 1000", PORT_METRIC_DURATION, true},
    {RATE("nginx_ingress_controller_requests", NGINX, "status!~\"5.*\""), PORT_METRIC_SUCCESS_RATE,
     true},
    {MEAN("nginx_ingress_controller_response_duration_seconds", NGINX), PORT_METRIC_DURATION, true},
    {RATE("envoy_cluster_upstream_rq", PODS, "envoy_response_code!~\"5.*\""),
     PORT_METRIC_SUCCESS_RATE, true},
    {RATE("envoy_cluster_upstream_rq", CONTOUR, "envoy_response_code!~\"5.*\""),
     PORT_METRIC_SUCCESS_RATE, false},
    {P99("envoy_cluster_upstream_rq_time_bucket", CONTOUR), PORT_METRIC_DURATION, false},
    {RATE("envoy_cluster_upstream_rq", GLOO, "envoy_response_code!~\"5.*\""),
     PORT_METRIC_SUCCESS_RATE, false},
    {P99("envoy_cluster_upstream_rq_time_bucket", KUMA), PORT_METRIC_DURATION, false},
    {RATE("envoy_cluster_upstream_rq", KNATIVE, "envoy_response_code!~\"5.*\""),
     PORT_METRIC_SUCCESS_RATE, false},
    {P99("envoy_cluster_upstream_rq_time_bucket", KNATIVE), PORT_METRIC_DURATION, false},
    {"sum(rate(skipper_response_duration_seconds_bucket{" SKIPPER
     ",code!~\"5..\",le=\"+Inf\"}[1m])) / "
     "sum(rate(skipper_response_duration_seconds_bucket{" SKIPPER ",le=\"+Inf\"}[1m])) * 100",
     PORT_METRIC_SUCCESS_RATE, false},
    {MEAN("skipper_serve_route_duration_seconds", SKIPPER), PORT_METRIC_DURATION, false},
    {"sum(rate(traefik_service_request_duration_seconds_bucket{" TRAEFIK
     ",code!~\"5..\",le=\"+Inf\"}[1m])) / "
     "sum(rate(traefik_service_request_duration_seconds_bucket{" TRAEFIK
     ",le=\"+Inf\"}[1m])) * 100",
     PORT_METRIC_SUCCESS_RATE, false},
    {P99("traefik_service_request_duration_seconds_bucket", TRAEFIK) " * 1000",
     PORT_METRIC_DURATION, false},
    {RATE("apisix_http_status", APISIX, "code!~\"5..\""), PORT_METRIC_SUCCESS_RATE, false},
    {P99("apisix_http_latency_bucket", "type=~\"request\"," APISIX), PORT_METRIC_DURATION, false},
    {RATE("osm_request_total", OSM, "response_code!~\"5.*\""), PORT_METRIC_SUCCESS_RATE, true},
    {P99("osm_request_duration_ms_bucket", OSM), PORT_METRIC_DURATION, true},
    {"verdictd_verdict{namespace=\"test\", service=\"podinfo\"}", PORT_METRIC_VERDICT, true},
    {"verdictd_step_verdict{service=\"podinfo\",namespace=\"test\"}", PORT_METRIC_STEP, true},
};

static void
each_built_in_query_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(built_in); i++) {
        const char         *query = built_in[i].query;
        struct arena        a = {0};
        struct flaggerquery q;
        struct err          err = {0};
        char                ns[VIEW_NAME_BYTES] = "", name[VIEW_NAME_BYTES] = "";

        if (flaggerquery_read(&a, slice_of(query), &q, &err))
            fail_msg("%s: %s", query, err.text);
        assert_int_equal(q.what, built_in[i].what);
        assert_true(slice_is(q.expr, query));
        if (!flaggerquery_is_about(&q, "test", "podinfo"))
            fail_msg("it is about podinfo: %s", query);
        assert_false(flaggerquery_is_about(&q, "test", "podinf"));
        assert_false(flaggerquery_is_about(&q, "test", "podinfo2"));
        assert_false(flaggerquery_is_about(&q, "tes", "podinfo"));
        assert_int_equal(flaggerquery_names(&q, ns, name), built_in[i].names);
        if (built_in[i].names) {
            assert_string_equal(ns, "test");
            assert_string_equal(name, "podinfo");
        }
        if (q.what == PORT_METRIC_SUCCESS_RATE) {
            assert_true(slice_starts(q.traffic, "sum(rate("));
            assert_true(q.traffic.n < strlen(query) / 2);
        }
        arena_release(&a);
    }
}

/* Nobody else's: names that begin alike, that are written alike with _, and expressions. */
static void
values_are_about_one_name(void **state)
{
    static const struct {
        const char *label, *ns, *name;
        bool        about;
    } cases[] = {
        {"envoy_cluster_name=~\"test/podinfo-web-00042\"", "test", "podinfo", false},
        {"envoy_cluster_name=~\"test/podinfo-web-00042\"", "test", "podinfo-web", true},
        {"envoy_cluster_name=~\"test/podinfo-\"", "test", "podinfo", false},
        {"envoy_cluster_name=~\"test/podinfo-1|other/x-1\"", "test", "podinfo", false},
        {"route=~\"kube(ew)?_a_b__x_canary__.*__c_d_canary(_[0-9]+)?\"", "a-b", "c-d", true},
        {"route=~\"kube(ew)?_a__b__x_canary__.*__c_canary(_[0-9]+)?\"", "a", "c", false},
        {"route=~\"kube(ew)?_a__x|y_canary__.*__c_canary(_[0-9]+)?\"", "a", "c", false},
        {"route=~\"kube(ew)?_a__x_canary__.*__d__c_canary(_[0-9]+)?\"", "a", "c", false},
        {"route=~\"kube(ew)?_a___canary__.*__c_canary(_[0-9]+)?\"", "a", "c", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool                envoy = cases[i].label[0] == 'e';
        char                query[512];
        struct arena        a = {0};
        struct flaggerquery q;
        struct err          err = {0};

        if (envoy)
            snprintf(query, sizeof query, P99("envoy_cluster_upstream_rq_time_bucket", "%s"),
                     cases[i].label);
        else
            snprintf(query, sizeof query, MEAN("skipper_serve_route_duration_seconds", "%s"),
                     cases[i].label, cases[i].label);
        if (flaggerquery_read(&a, slice_of(query), &q, &err))
            fail_msg("%s: %s", query, err.text);
        if (flaggerquery_is_about(&q, cases[i].ns, cases[i].name) != cases[i].about)
            fail_msg("%s: about %s/%s", query, cases[i].ns, cases[i].name);
        arena_release(&a);
    }
}

static void
all_else_is_refused(void **state)
{
    static const struct {
        const char *query;
        enum status status;
    } cases[] = {
        {"", STATUS_SYNTAX},
        {"sum(", STATUS_SYNTAX},
        {"up", STATUS_BAD_QUERY},
        {"1", STATUS_BAD_QUERY},
        {"vector(time())", STATUS_BAD_QUERY},
        {"istio_requests_total{" ISTIO "}", STATUS_BAD_QUERY},
        {"sum(rate(istio_requests_total{" ISTIO "}[1m]))", STATUS_BAD_QUERY},
        /* One selector that has not the labels, or others. */
        {"sum(rate(istio_requests_total{" ISTIO "}[1m])) / sum(rate(istio_requests_total[1m])) * "
         "100",
         STATUS_BAD_QUERY},
        {"sum(rate(istio_requests_total{" ISTIO "}[1m])) / sum(rate(istio_requests_total{"
         "destination_workload_namespace=\"other\",destination_workload=~\"podinfo\"}[1m])) * 100",
         STATUS_BAD_QUERY},
        {"sum(rate(istio_requests_total{" ISTIO "}[1m])) / sum(rate(secrets{" ISTIO "}[1m])) * 100",
         STATUS_BAD_QUERY},
        {"(sum(rate(istio_requests_total{" ISTIO "}[1m])) + sum(secrets)) / "
         "sum(rate(istio_requests_total{" ISTIO "}[1m])) * 100",
         STATUS_BAD_QUERY},
        /* The target by a label that says which it is not, or by two. */
        {RATE("istio_requests_total",
              "destination_workload_namespace=\"test\",destination_workload!~\"podinfo\"",
              "response_code!~\"5.*\""),
         STATUS_BAD_QUERY},
        {RATE("istio_requests_total", ISTIO ",destination_workload=~\"other\"",
              "response_code!~\"5.*\""),
         STATUS_BAD_QUERY},
        {RATE("istio_requests_total", ISTIO, "response_code!~\"5.*\"") " * 2", STATUS_BAD_QUERY},
        {P99("istio_request_duration_milliseconds_bucket", ISTIO) " * 7", STATUS_BAD_QUERY},
        {"verdictd_verdict", STATUS_BAD_QUERY},
        /* A NUL would end the namespace early. */
        {"verdictd_verdict{namespace=\"test\\x00x\",service=\"podinfo\"}", STATUS_BAD_QUERY},
        {"verdictd_verdict{namespace=\"test\",service=\"pod\\x00info\"}", STATUS_BAD_QUERY},
        {"verdictd_verdict{service=\"podinfo\"}", STATUS_BAD_QUERY},
        {"verdictd_verdict{namespace=\"test\",service=\"podinfo\",version=\"v2\"}",
         STATUS_BAD_QUERY},
        {"verdictd_verdict{namespace=\"test\",service=\"podinfo\"} * 5", STATUS_BAD_QUERY},
        {"verdictd_verdict{namespace=\"test\",service=\"podinfo\"} + 5", STATUS_BAD_QUERY},
        {"sum(verdictd_verdict{namespace=\"test\",service=\"podinfo\"})", STATUS_BAD_QUERY},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena        a = {0};
        struct flaggerquery q;
        struct err          err = {0};
        enum status         s = flaggerquery_read(&a, slice_of(cases[i].query), &q, &err);

        if (s != cases[i].status)
            fail_msg("%s: %s, wanted %s", cases[i].query, status_text(s),
                     status_text(cases[i].status));
        assert_true(err.text[0]);
        arena_release(&a);
    }
}

static void
whether_it_is_there(void **state)
{
    struct arena        a = {0};
    struct flaggerquery q;
    struct err          err = {0};
    static char         long_one[FLAGGERQUERY_BYTES + 2];

    (void)state;
    assert_int_equal(flaggerquery_read(&a, slice_of("vector(1)"), &q, &err), STATUS_OK);
    assert_true(q.is_constant);
    check_close(q.constant, 1, 0);
    memset(long_one, ' ', sizeof long_one - 1);
    assert_int_equal(flaggerquery_read(&a, slice_of(long_one), &q, &err), STATUS_LIMIT);
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_built_in_query_is_known),
        cmocka_unit_test(values_are_about_one_name),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(whether_it_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
