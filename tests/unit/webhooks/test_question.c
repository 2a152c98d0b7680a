#include "webhooks/question.h"

#include "base/base.h"
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

#define P(n, v)                                                                                    \
    {                                                                                              \
        {n, sizeof(n) - 1},                                                                        \
        {                                                                                          \
            v, sizeof(v) - 1                                                                       \
        }                                                                                          \
    }
#define LONG_253                                                                                   \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                             \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                             \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                             \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char           *what, *body;
    struct question_param param[3];
    size_t                n;
    const char           *canary, *stable, *revision;
    double                weight;
    enum question_stage   stage;
    bool                  brief;
} argo_takes_body_and_query_cases[] = {
    {"the shortest",
     "{\"service\":\"reviews\",\"namespace\":\"prod\"}",
     {{{0}, {0}}},
     0,
     "",
     "",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
    {"all of Argo's values are strings",
     "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\",\"stable\":\"v1\","
     "\"weight\":\"12.5\",\"stage\":\"step\",\"revision\":\"7\"}",
     {P("view", "brief")},
     1,
     "v2",
     "v1",
     "7",
     12.5,
     QUESTION_STEP,
     true},
    {"numbers as numbers",
     "{\"service\":\"reviews\",\"namespace\":\"prod\",\"weight\":100,\"revision\":7}",
     {{{0}, {0}}},
     0,
     "",
     "",
     "7",
     100,
     QUESTION_PROMOTE,
     false},
    {"the query alone",
     "",
     {P("service", "reviews"), P("namespace", "prod"), P("canary", "v2")},
     3,
     "v2",
     "",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
    {"both, and they agree",
     "{\"service\":\"reviews\",\"namespace\":\"prod\"}",
     {P("service", "reviews"), P("baseline", "v1")},
     2,
     "",
     "v1",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
    {"stable and baseline are one key",
     "{\"service\":\"reviews\",\"namespace\":\"prod\",\"stable\":\"v1\",\"baseline\":\"v1\"}",
     {{{0}, {0}}},
     0,
     "",
     "v1",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
    {"a name that is not ASCII",
     "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"caf\\u00e9\"}",
     {{{0}, {0}}},
     0,
     "caf\xc3\xa9",
     "",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
    {"label values that would be PromQL stay what they are",
     "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"\\\"} or vector(1) #\"}",
     {{{0}, {0}}},
     0,
     "\"} or vector(1) #",
     "",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
    {"an empty policy says nothing",
     "{\"service\":\"reviews\",\"namespace\":\"prod\",\"policy\":\"\"}",
     {{{0}, {0}}},
     0,
     "",
     "",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
    {"253 bytes are taken",
     " \n",
     {P("service", "reviews"), P("namespace", "prod"), P("canary", LONG_253)},
     3,
     LONG_253,
     "",
     "",
     NAN,
     QUESTION_PROMOTE,
     false},
};

static void
argo_takes_body_and_query(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(argo_takes_body_and_query_cases); i++) {
        struct question q;
        struct err      err = {0}, hint = {0};
        enum status     s = question_from_argo(slice_of(argo_takes_body_and_query_cases[i].body),
                                               argo_takes_body_and_query_cases[i].param,
                                               argo_takes_body_and_query_cases[i].n, &q, &err, &hint);

        if (s)
            fail_msg("%s: %s", argo_takes_body_and_query_cases[i].what, err.text);
        assert_string_equal(q.service, "reviews");
        assert_string_equal(q.ns, "prod");
        assert_string_equal(q.canary, argo_takes_body_and_query_cases[i].canary);
        assert_string_equal(q.baseline, argo_takes_body_and_query_cases[i].stable);
        assert_string_equal(q.revision, argo_takes_body_and_query_cases[i].revision);
        check_close(q.weight, argo_takes_body_and_query_cases[i].weight, 0);
        assert_int_equal(q.stage, argo_takes_body_and_query_cases[i].stage);
        assert_int_equal(q.brief, argo_takes_body_and_query_cases[i].brief);
        assert_false(q.flagger);
    }
}

#define BODY(rest) "{\"service\":\"reviews\",\"namespace\":\"prod\"" rest "}"

static void
argo_refuses(void **state)
{
    /* part must stand in the error or in the hint. */
    static const struct {
        const char *body, *part;
    } cases[] = {
        {"[]", "not a JSON object"},
        {"null", "not a JSON object"},
        {"{", "JSON line 1"},
        {"{} x", "JSON line 1"},
        {"\xef\xbb\xbf{}", "JSON line 1"},
        {"{\"service\":\"a\",\"service\":\"b\"}", "duplicate"},
        {"{\"namespace\":\"prod\"}", "service is missing"},
        {"{\"service\":\"reviews\"}", "namespace is missing"},
        {BODY(",\"canery\":\"v2\""), "unknown key canery"},
        {BODY(",\"canery\":\"v2\""), "did you mean canary?"},
        {BODY(",\"on_hold\":\"continue\""), "unknown key on_hold"},
        {BODY(",\"canary\":\"\""), "canary is empty"},
        {BODY(",\"stable\":\"\""), "stable is empty"},
        {BODY(",\"revision\":\"\""), "revision is empty"},
        {BODY(",\"canary\":\"v1\",\"stable\":\"v1\""), "the same"},
        {BODY(",\"canary\":\"v1\",\"baseline\":\"v1\""), "the same"},
        {BODY(",\"stable\":\"v1\",\"baseline\":\"v0\""), "said twice"},
        {BODY(",\"canary\":\"{{args.canary-hash}}\""), "unresolved template"},
        {BODY(",\"canary\":\"v2}}\""), "unresolved template"},
        {BODY(",\"canary\":\"" LONG_253 "a\""), "254 bytes"},
        {BODY(",\"policy\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""),
         "at most 63"},
        {BODY(",\"canary\":\"a\\nb\""), "control character"},
        {BODY(",\"canary\":\"a\\u007f\""), "control character"},
        {BODY(",\"canary\":null"), "not a string"},
        {BODY(",\"canary\":1.5"), "not a string"},
        {BODY(",\"canary\":true"), "not a string"},
        {BODY(",\"canary\":{\"a\":[]}"), "not a string"},
        {BODY(",\"canary\":[[[[[]]]]]"), "nested"},
        {BODY(",\"key\":\"1st\""), "not a label name"},
        {BODY(",\"key\":\"a-b\""), "not a label name"},
        {BODY(",\"key\":\"a=\\\"b\\\"} or x\""), "not a label name"},
        {BODY(",\"weight\":\"NaN\""), "0 to 100"},
        {BODY(",\"weight\":\"Inf\""), "0 to 100"},
        {BODY(",\"weight\":101"), "0 to 100"},
        {BODY(",\"weight\":-0.1"), "0 to 100"},
        {BODY(",\"weight\":\"10%\""), "0 to 100"},
        {BODY(",\"stage\":\"Step\""), "neither step nor promote"},
        {BODY(",\"view\":\"short\""), "neither full nor brief"},
        {BODY(",\"phase\":\"beta\""), "phase"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q;
        struct err      err = {0}, hint = {0};

        assert_int_equal(question_from_argo(slice_of(cases[i].body), NULL, 0, &q, &err, &hint),
                         STATUS_SYNTAX);
        if (!strstr(err.text, cases[i].part) && !strstr(hint.text, cases[i].part))
            fail_msg("%s: got \"%s\" and \"%s\"", cases[i].body, err.text, hint.text);
        assert_true(*hint.text != '\0');
    }
}

static void
body_and_query_must_agree(void **state)
{
    static const struct question_param param[] = {P("canary", "v3")};
    struct question                    q;
    struct err                         err = {0}, hint = {0};

    (void)state;
    assert_int_equal(
        question_from_argo(slice_of(BODY(",\"canary\":\"v2\"")), param, 1, &q, &err, &hint),
        STATUS_SYNTAX);
    assert_non_null(strstr(err.text, "said twice"));
}

static void
a_refused_question_keeps_its_token_and_never_shows_it(void **state)
{
    static const char *const bodies[] = {
        BODY(",\"token\":\"s3cret\",\"canary\":\"\""), BODY(",\"token\":\"s3cret\",\"zzz\":\"\""),
        BODY(",\"zzz\":\"\",\"token\":\"s3cret\""), /* behind what is refused */
    };
    const struct question_param params[] = {{SLICE_LITERAL("zzz"), SLICE_LITERAL("1")},
                                            {SLICE_LITERAL("token"), SLICE_LITERAL("s3cret")}};
    struct question             q;
    char                        near[64];
    struct err                  err = {0}, hint = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        assert_int_equal(question_from_argo(slice_of(bodies[i]), NULL, 0, &q, &err, &hint),
                         STATUS_SYNTAX);
        assert_string_equal(q.token, "s3cret");
        assert_string_equal(q.service, "");
    }
    assert_int_equal(question_from_argo((struct slice){0}, params, 2, &q, &err, &hint),
                     STATUS_SYNTAX);
    assert_string_equal(q.token, "s3cret");
    assert_int_equal(question_from_flagger(SLICE_LITERAL("{\"metadata\":{\"weight\":\"x\","
                                                         "\"stage\":5.5,\"token\":\"s3cret\"}}"),
                                           &q, near, &err),
                     STATUS_RANGE);
    assert_string_equal(q.token, "s3cret");
    err = hint = (struct err){0};
    assert_int_equal(
        question_from_argo(slice_of(BODY(",\"token\":\"{{s3cret}}\"")), NULL, 0, &q, &err, &hint),
        STATUS_SYNTAX);
    assert_null(strstr(err.text, "s3cret"));
    assert_null(strstr(hint.text, "s3cret"));
}

/* Flagger 1.44's own bytes: conformance/flagger/client_probe.txt. */
static void
flagger_payloads(void **state)
{
    static const struct {
        const char *body, *service, *revision, *canary, *near, *event;
        bool        on_hold;
    } cases[] = {
        {"{\"name\":\"podinfo\",\"namespace\":\"test\",\"phase\":\"Progressing\",\"checksum\":"
         "\"5856f9f9cf\",\"metadata\":{\"service\":\"podinfo\"}}",
         "podinfo", "5856f9f9cf", "", "", "", false},
        {"{\"name\":\"podinfo\",\"namespace\":\"test\",\"phase\":\"Progressing\",\"checksum\":"
         "\"7c9d467496\"}",
         "podinfo", "7c9d467496", "", "", "", false},
        {"{\"name\":\"podinfo\",\"namespace\":\"test\",\"phase\":\"Initialized\",\"checksum\":"
         "\"5856f9f9cf\",\"metadata\":{\"cluster\":\"c1\",\"eventMessage\":\"Advance podinfo.test "
         "canary weight 10\",\"eventType\":\"Normal\",\"timestamp\":\"1795385274055\"}}",
         "podinfo", "5856f9f9cf", "", "", "Advance podinfo.test canary weight 10", false},
        {"{\"name\":\"c\",\"namespace\":\"test\",\"phase\":\"\",\"checksum\":\"x\",\"metadata\":{"
         "\"service\":\"reviews\",\"canary\":\"reviews\",\"on_hold\":\"continue\",\"cmd\":\"hey\"}"
         "}",
         "reviews", "x", "reviews", "", "", true},
        {"{\"name\":\"c\",\"namespace\":\"test\",\"checksum\":\"x\",\"metadata\":{\"on-hold\":"
         "\"continue\"}}",
         "c", "x", "", "on-hold", "", false},
        {"{\"name\":\"c\",\"namespace\":\"test\",\"checksum\":\"x\",\"metadata\":{\"polcy\":\"p\"}"
         "}",
         "c", "x", "", "polcy", "", false},
        {"{\"name\":\"c\",\"namespace\":\"test\",\"metadata\":null}", "c", "", "", "", "", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q;
        struct err      err = {0};
        char            near[64];

        if (question_from_flagger(slice_of(cases[i].body), &q, near, &err))
            fail_msg("%s: %s", cases[i].body, err.text);
        assert_string_equal(q.service, cases[i].service);
        assert_string_equal(q.ns, "test");
        assert_string_equal(q.revision, cases[i].revision);
        assert_string_equal(q.canary, cases[i].canary);
        assert_string_equal(q.event, cases[i].event);
        assert_string_equal(near, cases[i].near);
        assert_int_equal(q.on_hold_continue, cases[i].on_hold);
        assert_int_equal(q.stage, QUESTION_STEP);
        assert_true(q.flagger);
    }
}

static void
flagger_refuses(void **state)
{
    static const struct {
        const char *body;
        enum status want;
    } cases[] = {
        {"", STATUS_SYNTAX},
        {"null", STATUS_SYNTAX},
        {"[]", STATUS_SYNTAX},
        {"{}", STATUS_SYNTAX},
        {"{\"name\":\"c\"}", STATUS_SYNTAX},
        {"{\"name\":1,\"namespace\":\"n\"}", STATUS_SYNTAX},
        {"{\"name\":\"c\",\"namespace\":\"n\",\"metadata\":[]}", STATUS_SYNTAX},
        {"{\"name\":\"c\\n\",\"namespace\":\"n\"}", STATUS_SYNTAX},
        {"{\"name\":\"c\",\"namespace\":\"n\",\"checksum\":\"" LONG_253 "a\"}", STATUS_SYNTAX},
        {"{\"name\":\"c\",\"namespace\":\"n\",\"metadata\":{\"canary\":\"\"}}", STATUS_RANGE},
        {"{\"name\":\"c\",\"namespace\":\"n\",\"metadata\":{\"canary\":7.5}}", STATUS_RANGE},
        {"{\"name\":\"c\",\"namespace\":\"n\",\"metadata\":{\"on_hold\":\"yes\"}}", STATUS_RANGE},
        {"{\"name\":\"c\",\"namespace\":\"n\",\"metadata\":{\"key\":\"a b\"}}", STATUS_RANGE},
        {"{\"name\":\"c\",\"namespace\":\"n\",\"metadata\":{\"canary\":\"v\",\"stable\":\"v\"}}",
         STATUS_RANGE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q;
        struct err      err = {0};
        char            near[64];

        assert_int_equal(question_from_flagger(slice_of(cases[i].body), &q, near, &err),
                         cases[i].want);
        assert_true(*err.text != '\0');
    }
}

static void
a_long_event_is_cut_where_it_shows(void **state)
{
    char            body[2200];
    struct question q;
    struct err      err = {0};
    char            near[64];

    (void)state;
    /* 2-byte characters, so that the cut could fall into one. */
    memcpy(body, "{\"name\":\"c\",\"namespace\":\"n\",\"metadata\":{\"eventMessage\":\"x", 56);
    for (size_t i = 0; i < 600; i++)
        memcpy(body + 56 + 2 * i, "\xc3\xa9", 2);
    memcpy(body + 56 + 1200, "\"}}", 4);
    assert_int_equal(question_from_flagger(slice_of(body), &q, near, &err), STATUS_OK);
    assert_true(strlen(q.event) >= 508 && strlen(q.event) < sizeof q.event);
    assert_string_equal(q.event + strlen(q.event) - 3, "...");
    assert_true(slice_utf8(slice_of(q.event)));
}

static void
the_command_line_says_the_same(void **state)
{
    struct question q = question_empty();
    struct err      err = {0};

    (void)state;
    assert_int_equal(question_set(&q, slice_of("canary"), slice_of("v2"), &err), STATUS_OK);
    assert_int_equal(question_set(&q, slice_of("weight"), slice_of("5"), &err), STATUS_OK);
    assert_string_equal(q.canary, "v2");
    check_close(q.weight, 5, 0);
    assert_int_equal(question_set(&q, slice_of("stable"), slice_of("v2"), &err), STATUS_SYNTAX);
    assert_non_null(strstr(err.text, "the same"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argo_takes_body_and_query),
        cmocka_unit_test(argo_refuses),
        cmocka_unit_test(body_and_query_must_agree),
        cmocka_unit_test(a_refused_question_keeps_its_token_and_never_shows_it),
        cmocka_unit_test(flagger_payloads),
        cmocka_unit_test(flagger_refuses),
        cmocka_unit_test(a_long_event_is_cut_where_it_shows),
        cmocka_unit_test(the_command_line_says_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
