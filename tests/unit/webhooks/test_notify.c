#include "webhooks/notify.h"

#include "base/json.h"
#include "tests/support/check.h"

#include <jansson.h>
#include <string.h>

static struct record_notice
notice(void)
{
    return (struct record_notice){.verdict_id = "01HF7YAT00000000000000000V",
                                  .run = "01HF7YAT00000000000000000R",
                                  .service = SLICE_LITERAL("reviews"),
                                  .ns = SLICE_LITERAL("prod"),
                                  .revision = SLICE_LITERAL("7d9f6bcd54"),
                                  .canary = SLICE_LITERAL("v2"),
                                  .baseline = SLICE_LITERAL("v1"),
                                  .attempt = 1,
                                  .verdict = VERDICT_ABORT,
                                  .previous = VERDICT_HOLD,
                                  .has_previous = true,
                                  .reason = REASON_ERROR_RATE_WORSE,
                                  .message = SLICE_LITERAL("12 of 40 <failed> & 0 of 90"),
                                  .at_ms = INT64_C(1700000000120)};
}

#define DATA                                                                                       \
    "{\"type\":\"verdict\",\"id\":\"01HF7YAT00000000000000000V\","                                 \
    "\"at\":\"2023-11-14T22:13:20.120Z\",\"run\":\"01HF7YAT00000000000000000R\","                  \
    "\"service\":\"reviews\",\"namespace\":\"prod\",\"revision\":\"7d9f6bcd54\","                  \
    "\"canary\":\"v2\",\"stable\":\"v1\",\"attempt\":1,\"verdict\":\"abort\","                     \
    "\"previous\":\"hold\",\"reason\":\"error_rate_worse\","                                       \
    "\"message\":\"12 of 40 <failed> & 0 of 90\",\"waiting\":false}"

/* RFC 6902; docs.slack.dev, "Formatting message text"; the required attributes of
 * CloudEvents 1.0 §3 are specversion, id, source, type. */
static const struct {
    enum notify_format format;
    const char        *method, *type, *body;
} bodies[] = {
    {NOTIFY_JSON, "POST", "application/json", DATA},
    {NOTIFY_SLACK, "POST", "application/json",
     "{\"text\":\"*abort* prod/reviews 7d9f6bcd54 (was hold)\\nerror_rate_worse: "
     "12 of 40 &lt;failed&gt; &amp; 0 of 90\\nrun `01HF7YAT00000000000000000R`\"}"},
    {NOTIFY_CLOUDEVENTS, "POST", "application/cloudevents+json",
     "{\"specversion\":\"1.0\",\"id\":\"01HF7YAT00000000000000000V\",\"source\":\"verdictd\","
     "\"type\":\"verdictd.verdict\",\"subject\":\"prod/reviews\","
     "\"time\":\"2023-11-14T22:13:20.120Z\",\"datacontenttype\":\"application/json\","
     "\"data\":" DATA "}"},
    {NOTIFY_ARGO_ABORT, "PATCH", "application/json-patch+json",
     "[{\"op\":\"test\",\"path\":\"/status/currentPodHash\",\"value\":\"7d9f6bcd54\"},"
     "{\"op\":\"add\",\"path\":\"/status/abort\",\"value\":true}]"},
};

static void
bodies_are_these_bytes(void **state)
{
    struct record_notice n = notice();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct text t;

        text_init(&t, NOTIFY_BODY_BYTES);
        notify_body(&t, bodies[i].format, &n, NULL);
        assert_int_equal(t.status, STATUS_OK);
        assert_string_equal(t.p, bodies[i].body);
        assert_string_equal(notify_method(bodies[i].format), bodies[i].method);
        assert_string_equal(notify_content_type(bodies[i].format), bodies[i].type);
        text_release(&t);
    }
}

/* What was told before is told again, and a receiver that knows the first message by its
 * id must not take it for that. */
static void
a_hold_that_lasts_is_another_message(void **state)
{
    struct record_notice n = notice();
    char                 id[NOTIFY_ID_BYTES];
    struct text          t;

    (void)state;
    notify_id(&n, id);
    assert_string_equal(id, n.verdict_id);
    n.verdict = n.previous = VERDICT_HOLD;
    n.has_previous = true;
    notify_id(&n, id);
    assert_int_equal(strlen(id), ULID_BYTES - 1 + strlen("-waiting"));
    text_init(&t, NOTIFY_BODY_BYTES);
    notify_body(&t, NOTIFY_CLOUDEVENTS, &n, NULL);
    assert_non_null(strstr(t.p, id));
    assert_non_null(strstr(t.p, "\"waiting\":true"));
    text_clear(&t);
    notify_body(&t, NOTIFY_SLACK, &n, NULL);
    assert_non_null(strstr(t.p, " (still)"));
    text_release(&t);
}

static void
where_the_page_is_known_a_link_leads_to_the_run(void **state)
{
    struct record_notice n = notice();
    struct text          t;

    (void)state;
    text_init(&t, NOTIFY_BODY_BYTES);
    notify_body(&t, NOTIFY_JSON, &n, "https://v.example:8443");
    assert_non_null(
        strstr(t.p, "\"url\":\"https://v.example:8443/#/run/01HF7YAT00000000000000000R\"}"));
    text_clear(&t);
    notify_body(&t, NOTIFY_SLACK, &n, "https://v.example");
    assert_non_null(strstr(t.p, "run <https://v.example/#/run/01HF7YAT00000000000000000R|"
                                "01HF7YAT00000000000000000R>"));
    text_release(&t);
}

static void
a_first_verdict_has_none_before_it(void **state)
{
    struct record_notice n = notice();
    struct text          t;

    (void)state;
    n.has_previous = false;
    text_init(&t, NOTIFY_BODY_BYTES);
    notify_body(&t, NOTIFY_JSON, &n, NULL);
    assert_null(strstr(t.p, "previous"));
    text_release(&t);
}

/* Names and messages are what callers sent: at their longest, and made of the bytes
 * that grow most when written, each body is one strict JSON value within its bound. */
static void
hostile_texts_stay_json_and_fit(void **state)
{
    static char          name[253], message[1024];
    struct record_notice n = notice();

    (void)state;
    memset(name, '&', sizeof name);
    memset(message, 1, sizeof message); /* \u0001: six bytes */
    n.service = n.ns = n.revision = n.canary = n.baseline = (struct slice){name, sizeof name};
    n.message = (struct slice){message, sizeof message};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct text t;
        struct err  err = {0};
        json_t     *v = NULL;

        text_init(&t, NOTIFY_BODY_BYTES);
        notify_body(&t, bodies[i].format, &n, NULL);
        assert_int_equal(t.status, STATUS_OK);
        if (json_parse(text_slice(&t), 8, &v, &err))
            fail_msg("%s", err.text);
        json_decref(v);
        text_release(&t);
    }
}

/* The first is the example of the signing scheme's own libraries
 * (github.com/standard-webhooks, github.com/svix/svix-webhooks); the second is
 * HMAC-SHA256 of Python's hmac module with key "Jefe". */
static const struct {
    const char *secret, *id, *body;
    int64_t     at_s;
    const char *signature;
} signatures[] = {
    {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
     "{\"test\": 2432232314}", 1614265330, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    {"Jefe", "a", "what do ya want for nothing?", 1,
     "v1,0trG11VY/F6EWyo9sDQ7ZYo9AHSNGVnmMlEFaksjIOY="},
};

static void
signatures_are_known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
        char       out[NOTIFY_SIGNATURE_BYTES];
        struct err err = {0};

        assert_int_equal(notify_sign(slice_of(signatures[i].secret), signatures[i].id,
                                     signatures[i].at_s, slice_of(signatures[i].body), out, &err),
                         STATUS_OK);
        assert_string_equal(out, signatures[i].signature);
    }
}

static void
bad_secrets_are_refused_and_not_repeated(void **state)
{
    static const char *const secrets[] = {"", "whsec_", "whsec_%%%%"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        char       out[NOTIFY_SIGNATURE_BYTES];
        struct err err = {0};

        assert_int_equal(notify_sign(slice_of(secrets[i]), "a", 1, SLICE_LITERAL("b"), out, &err),
                         STATUS_SYNTAX);
        assert_null(strstr(err.text, "%%%%"));
    }
}

static void
a_rollout_is_found_by_its_path(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, NOTIFY_URL_BYTES);
    notify_rollout_url(&t, "https://10.0.0.1:443", SLICE_LITERAL("pr/od"), "reviews");
    assert_string_equal(t.p, "https://10.0.0.1:443/apis/argoproj.io/v1alpha1/namespaces/pr%2Fod/"
                             "rollouts/reviews/status");
    text_release(&t);
}

static void
only_pod_hashes_may_be_tested(void **state)
{
    (void)state;
    assert_true(notify_is_pod_hash(SLICE_LITERAL("7d9f6bcd54")));
    assert_true(notify_is_pod_hash(SLICE_LITERAL("b")));
    assert_false(notify_is_pod_hash(SLICE_LITERAL("")));
    assert_false(notify_is_pod_hash(SLICE_LITERAL("v1")));          /* no 1 in the alphabet */
    assert_false(notify_is_pod_hash(SLICE_LITERAL("reviews")));     /* nor e */
    assert_false(notify_is_pod_hash(SLICE_LITERAL("7d9f6bcd542"))); /* 32 bits have 10 digits */
    assert_false(notify_is_pod_hash((struct slice){"7d\0", 3}));
}

static void
what_passes_is_tried_again(void **state)
{
    static const int final[] = {400, 404, 405, 410, 413, 415, 422},
                     again[] = {301, 302, 401, 403, 408, 409, 425, 429, 500, 502, 503, 504};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(final); i++)
        assert_true(notify_is_final(final[i]));
    for (size_t i = 0; i < ARRAY_LEN(again); i++)
        assert_false(notify_is_final(again[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_these_bytes),
        cmocka_unit_test(a_hold_that_lasts_is_another_message),
        cmocka_unit_test(where_the_page_is_known_a_link_leads_to_the_run),
        cmocka_unit_test(a_first_verdict_has_none_before_it),
        cmocka_unit_test(hostile_texts_stay_json_and_fit),
        cmocka_unit_test(signatures_are_known_answers),
        cmocka_unit_test(bad_secrets_are_refused_and_not_repeated),
        cmocka_unit_test(a_rollout_is_found_by_its_path),
        cmocka_unit_test(only_pod_hashes_may_be_tested),
        cmocka_unit_test(what_passes_is_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
