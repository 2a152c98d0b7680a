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
                                      .cluster = "y"};
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
        const char *key, *label;
        bool        user, attempt;
    } cases[] = {
        {NULL, "destination_canonical_revision", true, true},
        {"revision", "destination_canonical_revision", true, true},
        {"version", "destination_version", true, true},
        {"workload", "destination_workload", true, true},
        {"service", "destination_service_name", true, false},
        {"pod_template_hash", "rollouts_pod_template_hash", false, true},
        {"some_label", "some_label", true, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(preset_key_label(cases[i].key), cases[i].label);
        assert_int_equal(preset_key_has_view(cases[i].key, VIEW_USER), cases[i].user);
        assert_int_equal(preset_key_has_view(cases[i].key, VIEW_ATTEMPT), cases[i].attempt);
    }
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
        cmocka_unit_test(queries_to_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
