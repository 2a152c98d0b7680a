#include "webhooks/kayentabody.h"

#include "tests/support/check.h"

#define PAIR(canary, stable, ns)                                                                   \
    "{\"controlScope\":{\"scope\":\"" stable "\",\"location\":\"" ns "\",\"step\":60,"             \
    "\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-01-01T00:05:00Z\"},"                        \
    "\"experimentScope\":{\"scope\":\"" canary "\",\"location\":\"" ns "\",\"step\":60,"           \
    "\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-01-01T00:05:00Z\"}}"
#define BODY(scopes, pass, marginal)                                                               \
    "{\"scopes\":{" scopes "},\"thresholds\":{\"pass\":" pass ",\"marginal\":" marginal "}}"
#define USUAL "\"default\":" PAIR("v2", "v1", "prod")

static enum status
read_it(const char *id, const char *application, const char *body, struct question *q,
        struct err *err)
{
    struct err hint = {0};

    *err = (struct err){0};
    return kayentabody_read(slice_of(id), slice_of(application), slice_of(body), q, err, &hint);
}

static void
what_argo_sends_is_understood(void **state)
{
    struct question q;
    struct err      err;

    (void)state;
    assert_int_equal(read_it("default", "reviews", BODY(USUAL, "90", "75"), &q, &err), STATUS_OK);
    assert_string_equal(q.service, "reviews");
    assert_string_equal(q.ns, "prod");
    assert_string_equal(q.canary, "v2");
    assert_string_equal(q.baseline, "v1");
    assert_string_equal(q.policy, "default");
    assert_string_equal(q.revision, "");
    assert_int_equal(q.stage, QUESTION_PROMOTE);
    assert_int_equal(q.pass, 90);
    assert_int_equal(q.marginal, 75);

    assert_int_equal(
        read_it("strict:step", "prod/reviews", BODY(USUAL, "\"90\"", "90.0"), &q, &err), STATUS_OK);
    assert_string_equal(q.policy, "strict");
    assert_int_equal(q.stage, QUESTION_STEP);
    assert_int_equal(q.marginal, 90);

    assert_int_equal(
        read_it("default", "prod/reviews",
                BODY("\"default\":" PAIR("-", "-", "") ",\"revision\":" PAIR("7d9", "7d9", ""),
                     "100", "1"),
                &q, &err),
        STATUS_OK);
    assert_string_equal(q.canary, "");
    assert_string_equal(q.baseline, "");
    assert_string_equal(q.revision, "7d9");
}

static void
what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *id, *application, *body, *part;
    } cases[] = {
        {"default", "reviews", "", "line 1"},
        {"default", "reviews", "[]", "not a JSON object"},
        {"default", "reviews", "{}", "no scope"},
        {"default", "reviews", "{\"scopes\":{\"default\":null}}", "no scope"},
        {"default", "reviews", "{\"scopes\":[]}", "no scope"},
        {"default", "reviews", BODY(USUAL ",\"b\":" PAIR("v2", "v1", "prod"), "90", "75"),
         "several scopes"},
        {"default", "reviews", BODY("\"default\":" PAIR("v2", "v1", ""), "90", "75"),
         "namespace is missing"},
        {"default", "test/reviews", BODY(USUAL, "90", "75"), "different namespaces"},
        {"default", "prod/", BODY(USUAL, "90", "75"), "service is empty"},
        {"default", "", BODY(USUAL, "90", "75"), "service is empty"},
        {"default", "reviews", BODY("\"default\":" PAIR("v2", "v2", "prod"), "90", "75"),
         "are the same"},
        {"default", "reviews", BODY("\"default\":" PAIR("", "v1", "prod"), "90", "75"),
         "canary is empty"},
        {"default", "reviews", BODY("\"default\":" PAIR("{{args.c}}", "v1", "prod"), "90", "75"),
         "unresolved template"},
        {"default", "reviews",
         "{\"scopes\":{\"default\":{\"controlScope\":{\"scope\":\"v1\",\"location\":\"a\"},"
         "\"experimentScope\":{\"scope\":\"v2\",\"location\":\"b\"}}},"
         "\"thresholds\":{\"pass\":90,\"marginal\":75}}",
         "different locations"},
        /* A fail has score 0: it must be under the marginal one. */
        {"default", "reviews", BODY(USUAL, "90", "0"), "thresholds"},
        {"default", "reviews", BODY(USUAL, "0", "0"), "thresholds"},
        {"default", "reviews", BODY(USUAL, "90", "-5"), "thresholds"},
        {"default", "reviews", BODY(USUAL, "75", "90"), "thresholds"},
        {"default", "reviews", BODY(USUAL, "101", "75"), "thresholds"},
        {"default", "reviews", BODY(USUAL, "90", "75.5"), "thresholds"},
        {"default", "reviews", BODY(USUAL, "true", "75"), "thresholds"},
        {"default", "reviews", BODY(USUAL, "\"high\"", "75"), "thresholds"},
        {"default", "reviews", "{\"scopes\":{" USUAL "}}", "thresholds"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q;
        struct err      err;

        assert_int_equal(read_it(cases[i].id, cases[i].application, cases[i].body, &q, &err),
                         STATUS_SYNTAX);
        if (!strstr(err.text, cases[i].part))
            fail_msg("%s: \"%s\" is not in \"%s\"", cases[i].body, cases[i].part, err.text);
        assert_string_equal(q.service, ""); /* nothing of it is left */
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_argo_sends_is_understood),
        cmocka_unit_test(what_is_wrong_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
