#include "tests/support/check.h"

#include "daemon/preset.h"

#include <string.h>

static struct text
expression(const struct preset_service *s, enum status want, struct err *err)
{
    struct text t;

    *err = (struct err){0};
    text_init(&t, PRESET_MAX_BYTES);
    assert_int_equal(preset_expression(s, &t, err), want);
    assert_int_equal(t.status, STATUS_OK);
    return t;
}

/* The labels that name a version, in the order that a key gives them. */
#define NAMES "destination_version, destination_canonical_revision, destination_workload"
#define BY_CELLS(names)                                                                            \
    "by (instance, pod, reporter, " names ", response_code, grpc_response_status, response_flags)"
#define BY_BUCKETS(names) "by (instance, pod, reporter, " names ", le)"
#define TIMED "response_code!=\"0\",response_flags!~\"(.*,)?(FI|DI)(,.*)?\""
#define PART(name) ", \"verdictd_part\", \"" name "\", \"\", \"\")"
#define CELLS(key, match, part)                                                                    \
    "label_replace(sum " BY_CELLS(key) " (istio_requests_total{" match "})" PART(part)
#define BUCKETS(key, match, part)                                                                  \
    "label_replace(sum " BY_BUCKETS(key) " (istio_request_duration_milliseconds_bucket{" match     \
                                         "," TIMED "})" PART(part)
#define TIMES(match, part)                                                                         \
    "label_replace(max by (instance, reporter) (timestamp(istio_requests_total{" match             \
    "}))" PART(part)
#define BOTH(key, user, attempt)                                                                      \
    CELLS(key, user, "user_cells")                                                                    \
    "\nor\n" CELLS(key, attempt, "attempt_cells") "\nor\n" BUCKETS(                                   \
        key, user,                                                                                    \
        "user_buckets") "\nor\n" BUCKETS(key, attempt,                                                \
                                         "attempt_buckets") "\nor\n" TIMES(user,                      \
                                                                           "user_times") "\nor"       \
                                                                                         "\n" TIMES(  \
                                                                                             attempt, \
                                                                                             "att"    \
                                                                                             "emp"    \
                                                                                             "t_"     \
                                                                                             "tim"    \
                                                                                             "es")
#define USER_ONLY(key, user)                                                                       \
    CELLS(key, user, "user_cells")                                                                 \
    "\nor\n" BUCKETS(key, user, "user_buckets") "\nor\n" TIMES(user, "user_times")
#define ATTEMPT_ONLY(key, attempt)                                                                 \
    CELLS(key, attempt, "attempt_cells")                                                           \
    "\nor\n" BUCKETS(key, attempt, "attempt_buckets") "\nor\n" TIMES(attempt, "attempt_times")

#define USER(more) "reporter=~\"source|waypoint\"," more
#define USER_NAME                                                                                  \
    USER("destination_service_namespace=\"prod\",destination_service_name=\"reviews\"")
#define ATTEMPT(more) "reporter=\"destination\",destination_workload_namespace=\"prod\"," more
#define ATTEMPT_NAME ATTEMPT("destination_canonical_service=\"reviews\"")

/* Exact text: each of these was evaluated by Prometheus 2.42 when it was
 * written, on Istio's series. */
static void
the_expression_of_each_key(void **state)
{
    static const struct {
        struct preset_service service;
        const char           *want;
    } cases[] = {
        {{.key = ""},
         BOTH("destination_canonical_revision, destination_version, destination_workload",
              USER_NAME, ATTEMPT_NAME)},
        {{.key = "version", .canary = "v2"}, BOTH(NAMES, USER_NAME, ATTEMPT_NAME)},
        {{.key = "workload"},
         BOTH("destination_workload, destination_version, destination_canonical_revision",
              USER("destination_service_namespace=\"prod\",destination_service_name=~"
                   "\"reviews|reviews-canary|reviews-primary\""),
              ATTEMPT("destination_workload=~\"reviews|reviews-primary\""))},
        {{.key = "service", .canary = "reviews-canary", .baseline = "reviews-stable"},
         USER_ONLY("destination_service_name, " NAMES,
                   USER("destination_service_namespace=\"prod\",destination_service_name=~"
                        "\"reviews-canary|reviews-stable\""))},
        {{.key = "pod_template_hash", .canary = "6d4f", .baseline = "7c5e"},
         ATTEMPT_ONLY("rollouts_pod_template_hash, " NAMES, ATTEMPT_NAME)},
        {{.key = "destination_app"}, BOTH("destination_app, " NAMES, USER_NAME, ATTEMPT_NAME)},
        {{.key = "destination_app",
          .canonical_service = "rev",
          .host = "reviews.prod.svc.example",
          .cluster = "east"},
         BOTH("destination_app, " NAMES,
              USER("destination_cluster=~\"east|unknown\","
                   "destination_service=\"reviews.prod.svc.example\""),
              "reporter=\"destination\",destination_cluster=\"east\","
              "destination_workload_namespace=\"prod\",destination_canonical_service=\"rev\"")},
        {{.key = "destination_app", .workload = "r-1.0"},
         BOTH("destination_app, " NAMES, USER_NAME, ATTEMPT("destination_workload=\"r-1.0\""))},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct preset_service s = cases[i].service;
        struct text           t;

        s.ns = "prod";
        s.name = "reviews";
        s.no_signals = true;
        t = expression(&s, STATUS_OK, &err);
        assert_string_equal(t.p, cases[i].want);
        text_release(&t);
    }
}

/* Which workloads and hosts a workload key means. */
static void
workloads_by_flaggers_names_or_by_their_own(void **state)
{
    static const struct {
        const char *canary, *baseline, *attempt;
    } cases[] = {
        {"", "", "destination_workload=~\"reviews|reviews-primary\"}"},
        {"reviews", "reviews-primary", "destination_workload=~\"reviews|reviews-primary\"}"},
        {"reviews", "", "destination_workload=~\"reviews|reviews-primary\"}"},
        {"reviews-v2", "reviews-v1", "destination_workload=~\"reviews-v2|reviews-v1\"}"},
        {"reviews-v2", "", "destination_canonical_service=\"reviews\"}"},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct preset_service s = {.ns = "prod",
                                   .name = "reviews",
                                   .key = "workload",
                                   .canary = cases[i].canary,
                                   .baseline = cases[i].baseline};
        struct text           t = expression(&s, STATUS_OK, &err);

        assert_non_null(strstr(t.p, "destination_service_name=~\"reviews|reviews-canary|"
                                    "reviews-primary\"}"));
        if (!strstr(t.p, cases[i].attempt))
            fail_msg("no %s in %s", cases[i].attempt, t.p);
        text_release(&t);
    }
}

static void
what_cannot_be_a_key(void **state)
{
    static const char *const keys[] = {
        "a-b", "1", "le", "reporter", "verdictd_part", "a}", "a) or vector(0) #", " "};
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct preset_service s = {.ns = "prod", .name = "reviews", .key = keys[i]};
        struct text           t = expression(&s, STATUS_SYNTAX, &err);

        assert_true(*err.text);
        text_release(&t);
    }
}

/* Each piece of outside text sits inside a string literal: taking the literals
 * out must leave what a harmless service leaves. */
static void
strip_literals(char *text)
{
    char *to = text;
    bool  inside = false;

    for (const char *p = text; *p; p++) {
        if (inside && *p == '\\') {
            p++;
            continue;
        }
        if (*p == '"')
            inside = !inside;
        if (!inside || *p == '"')
            *to++ = *p;
    }
    *to = '\0';
    assert_false(inside);
}

static void
values_change_no_structure(void **state)
{
    static const char *const nasty[] = {
        "\"} or vector(0) #", "\\", "\\\"", "a\nb", "a|b.*", "\"", "{{x}}", "'"};
    static const char *const keys[] = {"revision", "service", "workload", "app"};
    struct err               err;

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        struct preset_service tame = {.ns = "n",
                                      .name = "s",
                                      .key = keys[k],
                                      .canary = "c",
                                      .baseline = "b",
                                      .canonical_service = "x",
                                      .cluster = "y",
                                      .no_signals = true};
        struct text           want = expression(&tame, STATUS_OK, &err);

        strip_literals(want.p);
        for (size_t i = 0; i < ARRAY_LEN(nasty); i++) {
            char                  other[64];
            struct preset_service s = tame;
            struct text           got;

            snprintf(other, sizeof other, "%s2", nasty[i]);
            s.ns = s.name = s.canary = s.canonical_service = s.cluster = nasty[i];
            s.baseline = other;
            if (k == 2)
                s.canary = "c"; /* else Flagger's names */
            got = expression(&s, STATUS_OK, &err);
            strip_literals(got.p);
            assert_string_equal(got.p, want.p);
            text_release(&got);
        }
        text_release(&want);
    }
}

static void
keys_and_their_views(void **state)
{
    static const struct {
        const char *preset, *key, *user, *attempt;
    } cases[] = {
        {NULL, NULL, "destination_canonical_revision", "destination_canonical_revision"},
        {"istio", "revision", "destination_canonical_revision", "destination_canonical_revision"},
        {"istio", "version", "destination_version", "destination_version"},
        {"istio", "workload", "destination_workload", "destination_workload"},
        {"istio", "service", "destination_service_name", ""},
        {"istio", "pod_template_hash", "", "rollouts_pod_template_hash"},
        {"istio", "some_label", "some_label", "some_label"},
        {"linkerd", NULL, "dst_deployment", "deployment"},
        {"linkerd", "service", "dst_service", ""},
        {"linkerd-route", NULL, "backend_name", ""},
        {"envoy-gateway", NULL, "envoy_cluster_name", ""},
        {"nginx", NULL, "canary", ""},
        {"custom", NULL, "version", ""},
        {"custom", "app_version", "app_version", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct preset_service s = {.preset = cases[i].preset, .key = cases[i].key};

        assert_string_equal(preset_key_label(&s, VIEW_USER), cases[i].user);
        assert_string_equal(preset_key_label(&s, VIEW_ATTEMPT), cases[i].attempt);
    }
}

static const struct preset_match own_labels[] = {{"app", "api"}, {"ns", "a\"b"}};

static const struct {
    struct preset_service service;
    const char           *cells, *signals;
} every_mesh_selects_cases[] = {
    {{.preset = "istio", .key = "revision"},
     "istio_requests_total{reporter=~\"source|waypoint\"",
     "cluster_name=~\"(outbound|inbound-vip)[|][^|]*[|][^|]*[|](reviews)[.]prod[.]svc[.].*\""},
    {{.preset = "istio", .key = "service", .canary = "r-canary", .baseline = "r-stable"},
     "destination_service_name=~\"r-canary|r-stable\"}",
     "[|](r-canary|r-stable)[.]prod[.]svc[.].*\""},
    {{.preset = "istio", .key = "workload"},
     "destination_workload=~\"reviews|reviews-primary\"}",
     "[|](reviews|reviews-canary|reviews-primary)[.]prod[.]svc[.].*\""},
    {{.preset = "istio", .host = "r.example.org"},
     "destination_service=\"r.example.org\"}",
     "[|]r[.]example[.]org\""},
    {{.preset = "istio", .host = "r*"}, "destination_service=\"r*\"}", NULL},
    {{.preset = "linkerd"},
     "response_total{direction=\"outbound\",dst_namespace=\"prod\",dst_deployment=~\""
     "reviews|reviews-primary\"}",
     "parent_namespace=\"prod\",parent_name=~\"reviews|reviews-canary|reviews-primary\""},
    {{.preset = "linkerd", .canary = "r2", .baseline = "r1"},
     "response_total{direction=\"inbound\",namespace=\"prod\",deployment=~\"r2|r1\"}",
     "outbound_http_route_retry_requests_total"},
    {{.preset = "linkerd", .key = "service", .canary = "r2", .baseline = "r1"},
     "dst_service=~\"r2|r1\"}",
     ""},
    {{.preset = "linkerd-route"},
     "outbound_http_route_backend_response_statuses_total{parent_namespace=\"prod\","
     "parent_name=\"reviews\"}",
     ""},
    {{.preset = "envoy-gateway",
      .canary = "httproute/prod/r/rule/1",
      .baseline = "httproute/prod/r/rule/0"},
     "envoy_cluster_upstream_rq{envoy_cluster_name=~\"httproute/prod/r/rule/1|"
     "httproute/prod/r/rule/0\"}",
     "envoy_cluster_upstream_cx_active"},
    {{.preset = "nginx"},
     "nginx_ingress_controller_requests{namespace=\"prod\",ingress=\"reviews\"}",
     NULL},
    {{.preset = "nginx", .canonical_service = "site", .match = NULL}, "ingress=\"site\"}", NULL},
    {{.preset = "nginx", .match = own_labels, .n_match = 2},
     "nginx_ingress_controller_requests{app=\"api\",ns=\"a\\\"b\"}",
     NULL},
    {{.preset = "custom", .requests = "http_requests_total", .match = own_labels, .n_match = 1},
     "sum by (instance, pod, version, code) (http_requests_total{app=\"api\"})",
     NULL},
    {{.preset = "custom",
      .requests = "http_requests_total",
      .buckets = "http_seconds_bucket",
      .by_servers = true,
      .match = own_labels,
      .n_match = 1},
     "label_replace(sum by (instance, pod, version, le) (http_seconds_bucket{app=\"api\"}), "
     "\"verdictd_part\", \"attempt_buckets\", \"\", \"\")",
     NULL},
};

/* Which series are whose: the cells' selector, and the signals'. */
static void
every_mesh_selects(void **state)
{
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(every_mesh_selects_cases); i++) {
        struct preset_service s = every_mesh_selects_cases[i].service;
        struct text           t;

        s.ns = "prod";
        s.name = "reviews";
        t = expression(&s, STATUS_OK, &err);
        if (!strstr(t.p, every_mesh_selects_cases[i].cells))
            fail_msg("no %s in %s", every_mesh_selects_cases[i].cells, t.p);
        if (!every_mesh_selects_cases[i].signals != !strstr(t.p, "user_signals"))
            fail_msg("signals: %s", t.p);
        if (every_mesh_selects_cases[i].signals &&
            !strstr(t.p, every_mesh_selects_cases[i].signals))
            fail_msg("no %s in %s", every_mesh_selects_cases[i].signals, t.p);
        text_release(&t);
    }
}

/* Requests without a route carry what the caller asked for: told with the
 * namespace it is this service's, and never what the other parts have. */
static void
requests_without_a_route(void **state)
{
    static const struct {
        struct preset_service service;
        const char           *want; /* NULL: no such part */
    } cases[] = {
        {{.key = "revision"},
         "sum by (instance, pod, reporter, response_code, grpc_response_status, response_flags) "
         "(istio_requests_total{reporter=~\"source|waypoint\",response_flags=~\"(.*,)?(NR|NC)(,.*)?"
         "\",destination_service=~\"(reviews)[.]prod([.]svc([.][^:]*)?)?(:[0-9]+)?\","
         "destination_service_name!=\"reviews\"}), \"verdictd_part\", \"user_unrouted\""},
        {{.key = "service", .canary = "r-canary", .baseline = "r-stable"},
         "destination_service=~\"(r-canary|r-stable)[.]prod([.]svc([.][^:]*)?)?(:[0-9]+)?\","
         "destination_service_name!~\"r-canary|r-stable\""},
        {{.key = "revision", .host = "reviews.example.org"}, NULL},
        {{.key = "revision", .canary = "v2", .no_signals = true}, NULL},
        {{.preset = "linkerd"}, NULL},
        {{.preset = "nginx"}, NULL},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct preset_service s = cases[i].service;
        struct text           t;

        s.ns = "prod";
        s.name = "reviews";
        t = expression(&s, STATUS_OK, &err);
        if (!strstr(t.p, cases[i].want ? cases[i].want : "user_unrouted") != !cases[i].want)
            fail_msg("case %zu: %s", i, t.p);
        text_release(&t);
    }
}

/* What is missing is said with what to do. */
static void
refusals(void **state)
{
    static const struct preset_match own[] = {{"a-b", "api"}};
    static const struct {
        struct preset_service service;
        const char           *why;
    } cases[] = {
        {{.preset = "istoi"}, "no preset istoi"},
        {{.preset = "custom"}, "metrics.requests"},
        {{.preset = "custom", .requests = "r"}, "match"},
        {{.preset = "custom", .requests = "r-r", .match = own, .n_match = 1}, "metric name"},
        {{.preset = "custom", .requests = "r", .match = own, .n_match = 1}, "label name"},
        {{.preset = "envoy-gateway", .canary = "a"}, "share a cluster"},
        {{.preset = "linkerd", .key = "le"}, "cannot be told apart by label le"},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct preset_service s = cases[i].service;
        struct text           t;

        s.ns = "prod";
        s.name = "reviews";
        t = expression(&s, STATUS_SYNTAX, &err);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].why, err.text);
        text_release(&t);
    }
}

static void
a_copy_owns_its_texts(void **state)
{
    char                  name[] = "reviews", value[] = "api";
    struct preset_match   match[] = {{"app", value}};
    struct preset_service s = {.ns = "prod", .name = name, .match = match, .n_match = 1}, copy;
    struct arena          a = {0};

    (void)state;
    copy = preset_copy(&a, &s);
    name[0] = value[0] = 'x';
    match[0].label = NULL;
    assert_string_equal(copy.name, "reviews");
    assert_string_equal(copy.match[0].label, "app");
    assert_string_equal(copy.match[0].value, "api");
    assert_null(copy.host);
    arena_release(&a);
}

static void
queries_to_copy(void **state)
{
    struct preset_service s = {.ns = "prod", .name = "reviews", .key = "service"};
    struct text           t;
    struct err            err = {0};

    (void)state;
    text_init(&t, PRESET_MAX_BYTES);
    assert_int_equal(preset_explain(&s, &t, &err), STATUS_OK);
#define RATE(metric, by, more)                                                                     \
    "sum by (" by "destination_service_name) (rate(" metric                                        \
    "{reporter=~\"source|waypoint\",destination_service_namespace=\"prod\","                       \
    "destination_service_name=\"reviews\"" more "}[5m]))"
#define COUNTED ",response_flags!~\"(.*,)?(FI|DC)(,.*)?\""
    assert_string_equal(
        t.p, "# requests per second by version, as callers saw it\n" RATE(
                 "istio_requests_total",
                 "", "") "\n"
                         "# success rate by version, as callers saw it\n"
                         "1 - (" RATE("istio_requests_total", "", ",response_code=~\"5..\"" COUNTED) " or 0 * " RATE(
                             "istio_requests_total", "",
                             "") ") / " RATE("istio_requests_total", "",
                                             COUNTED) "\n"
                                                      "# p95 in milliseconds by version, as "
                                                      "callers saw it\n"
                                                      "histogram_quantile(0.95, " RATE(
                                                          "istio_request_duration_milliseconds_"
                                                          "bucket",
                                                          "le, ", "," TIMED) ")\n");
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_expression_of_each_key),
        cmocka_unit_test(workloads_by_flaggers_names_or_by_their_own),
        cmocka_unit_test(what_cannot_be_a_key),
        cmocka_unit_test(values_change_no_structure),
        cmocka_unit_test(keys_and_their_views),
        cmocka_unit_test(every_mesh_selects),
        cmocka_unit_test(requests_without_a_route),
        cmocka_unit_test(refusals),
        cmocka_unit_test(a_copy_owns_its_texts),
        cmocka_unit_test(queries_to_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
