#include "webhooks/viewjson.h"

#include "base/clock.h"
#include "tests/support/check.h"
#include "tests/support/fakeport.h"
#include "tests/unit/webhooks/anyview.h"

#include <jansson.h>
#include <stdlib.h>

/* api.md: "the keys before canary_requests always present and never null". */
static const char *const text_keys[] = {"verdict", "reason",   "message",      "id",
                                        "run",     "service",  "namespace",    "canary",
                                        "stable",  "revision", "evaluated_at", "policy"};
static const char *const brief_keys[] = {"verdict", "pass", "abort", "reason",
                                         "message", "id",   "run"};
static const char *const check_keys[] = {"error_rate",    "latency",      "slo_success_rate",
                                         "slo_latency",   "success_rate", "p95",
                                         "client_errors", "split",        "mesh",
                                         "guard",         "data"};

static json_t *
parse(const struct text *t)
{
    json_error_t why;
    json_t      *v = json_loadb(t->p, t->n, JSON_REJECT_DUPLICATES, &why);

    if (!v)
        fail_msg("not strict JSON: %s in %.*s", why.text, (int)t->n, t->p);
    assert_true(json_is_object(v));
    return v;
}

static void
no_null_anywhere(json_t *v)
{
    const char *key;
    json_t     *member;
    size_t      i;

    assert_false(json_is_null(v));
    if (json_is_object(v))
        json_object_foreach(v, key, member) no_null_anywhere(member);
    if (json_is_array(v))
        json_array_foreach(v, i, member) no_null_anywhere(member);
}

static void
check_message(const char *m)
{
    assert_true(strlen(m) <= 200);
    for (; *m; m++)
        if ((unsigned char)*m < 0x20 || (unsigned char)*m >= 0x7f || strchr("<>&", *m))
            fail_msg("the message has %02x in it", (unsigned char)*m);
}

/* What a client may rely on whatever the numbers are. */
static void
check_law(const struct text *t, enum viewjson_form form, enum verdict want)
{
    json_t     *v = parse(t), *checks = json_object_get(v, "checks");
    const char *verdict = json_string_value(json_object_get(v, "verdict"));

    no_null_anywhere(v);
    assert_string_equal(verdict, verdict_text(want));
    assert_int_equal(json_is_true(json_object_get(v, "pass")), want == VERDICT_PASS);
    assert_int_equal(json_is_true(json_object_get(v, "abort")), want == VERDICT_ABORT);
    assert_true(json_is_boolean(json_object_get(v, "pass")));
    assert_true(json_is_boolean(json_object_get(v, "abort")));
    check_message(json_string_value(json_object_get(v, "message")));
    for (size_t i = 0; i < ARRAY_LEN(brief_keys); i++)
        assert_non_null(json_object_get(v, brief_keys[i]));
    if (form == VIEWJSON_BRIEF) {
        assert_true(t->n < 1024);
        assert_int_equal(json_object_size(v), ARRAY_LEN(brief_keys));
        json_decref(v);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(text_keys); i++)
        assert_true(json_is_string(json_object_get(v, text_keys[i])));
    assert_true(json_is_integer(json_object_get(v, "age_ms")));
    assert_true(json_integer_value(json_object_get(v, "age_ms")) >= 0);
    assert_true(json_is_boolean(json_object_get(v, "user_view")));
    assert_int_equal(json_object_size(checks), ARRAY_LEN(check_keys));
    for (size_t i = 0; i < ARRAY_LEN(check_keys); i++) {
        json_t *c = json_object_get(checks, check_keys[i]);

        assert_true(json_is_string(json_object_get(c, "verdict")));
        assert_true(json_is_string(json_object_get(c, "reason")));
        assert_true(json_is_boolean(json_object_get(c, "required")));
    }
    json_decref(v);
}

static void
any_view_is_strict_json(void **state)
{
    struct prng r = {20261122};
    struct text t;

    (void)state;
    text_init(&t, 1 << 20);
    for (int i = 0; i < 20000; i++) {
        struct verdict_view v = anyview(&r);
        enum viewjson_form  form = (enum viewjson_form)(i % 3);
        int64_t             now_ms = anyview_time(&r);
        struct view_answer  a =
            viewjson_answer(&v, prng_below(&r, 2) ? QUESTION_STEP : QUESTION_PROMOTE, now_ms);

        text_clear(&t);
        viewjson_write(&t, &v, &a, form, now_ms);
        check_law(&t, form, a.verdict);
    }
    text_release(&t);
}

static void
what_is_kept_is_told_to_the_byte(void **state)
{
    struct prng r = {20261123};
    struct text t, want;

    (void)state;
    text_init(&t, 1 << 20);
    text_init(&want, 1 << 20);
    for (int i = 0; i < 3000; i++) {
        struct verdict_view   v = anyview(&r);
        struct viewjson_kept *kept = viewjson_keep(&v);

        for (int asked = 0; asked < 3; asked++) {
            int64_t            now_ms = anyview_time(&r);
            struct view_answer a =
                viewjson_answer(&v, prng_below(&r, 2) ? QUESTION_STEP : QUESTION_PROMOTE, now_ms);

            text_clear(&t);
            text_clear(&want);
            viewjson_write(&want, &v, &a, VIEWJSON_FULL, now_ms);
            viewjson_write_kept(&t, kept, &v, &a, now_ms);
            assert_int_equal(t.n, want.n);
            assert_memory_equal(t.p, want.p, t.n);
        }
        viewjson_forget(kept);
    }
    text_release(&want);
    text_release(&t);
}

static void
numbers_that_are_known_are_told(void **state)
{
    struct verdict_view v = fakeport_view();
    struct text         t;

    (void)state;
    text_init(&t, 1 << 20);
    viewjson_write(&t, &v, &v.promote, VIEWJSON_FULL, v.evaluated_mono_ms + 1840);
    /* The example of api.md, key for key. */
    assert_non_null(strstr(
        t.p,
        "{\"verdict\":\"hold\",\"pass\":false,\"abort\":false,\"reason\":\"too_few_requests\","
        "\"message\":\"canary 41 of 100 requests\",\"id\":\"01JD000000000000000VERD1CT\","
        "\"run\":\"01JD0000000000000000000RUN\",\"service\":\"reviews\",\"namespace\":\"prod\","
        "\"canary\":\"v2\",\"stable\":\"v1\",\"revision\":\"v2\",\"age_ms\":1840,"
        "\"evaluated_at\":\"2026-11-22T22:10:05.120Z\",\"policy\":\"default\",\"phase\":\"canary\","
        "\"user_view\":true,\"canary_requests\":41,\"stable_requests\":391,"
        "\"success_rate\":{\"canary\":0.9756,\"stable\":0.9974},"
        "\"p95_ms\":{\"canary\":92.1,\"stable\":90.4},"
        "\"need\":{\"requests\":59,\"seconds\":60},\"checks\":{\"error_rate\":{"
        "\"verdict\":\"hold\",\"reason\":\"too_few_requests\",\"required\":true,"
        "\"evidence\":0.21,\"limit\":100},\"latency\":{\"verdict\":\"hold\","
        "\"reason\":\"not_configured\",\"required\":false}"));
    text_release(&t);
}

static void
numbers_that_are_not_known_are_left_out(void **state)
{
    struct verdict_view v = fakeport_view();
    struct text         t;
    json_t             *j;

    (void)state;
    v.arm[ARM_CANARY].success_rate = v.arm[ARM_BASELINE].success_rate = NAN;
    v.arm[ARM_CANARY].p95_ms = INFINITY;
    v.need_requests = v.need_seconds = NAN;
    v.state = VIEW_STARTING;
    text_init(&t, 1 << 20);
    viewjson_write(&t, &v, &v.promote, VIEWJSON_FULL, v.evaluated_mono_ms);
    j = parse(&t);
    assert_null(json_object_get(j, "canary_requests"));
    assert_null(json_object_get(j, "success_rate"));
    assert_null(json_object_get(j, "need"));
    assert_null(json_object_get(json_object_get(j, "p95_ms"), "canary"));
    check_close(json_real_value(json_object_get(json_object_get(j, "p95_ms"), "stable")), 90.4, 0);
    json_decref(j);
    text_release(&t);
}

static void
a_pass_grows_stale_and_an_abort_does_not(void **state)
{
    static const struct {
        enum verdict verdict, want;
        int64_t      age_ms;
    } cases[] = {
        {VERDICT_PASS, VERDICT_PASS, 30000}, {VERDICT_PASS, VERDICT_HOLD, 30001},
        {VERDICT_FAIL, VERDICT_HOLD, 30001}, {VERDICT_ABORT, VERDICT_ABORT, 3600000},
        {VERDICT_HOLD, VERDICT_HOLD, 30001},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct verdict_view v = fakeport_view();
        struct view_answer  a;

        v.step.verdict = v.promote.verdict = cases[i].verdict;
        a = viewjson_answer(&v, QUESTION_STEP, v.evaluated_mono_ms + cases[i].age_ms);
        assert_int_equal(a.verdict, cases[i].want);
    }
}

static void
stages_have_their_own_answer(void **state)
{
    struct verdict_view v = fakeport_view();

    (void)state;
    v.step.verdict = VERDICT_PASS;
    assert_int_equal(viewjson_answer(&v, QUESTION_STEP, v.evaluated_mono_ms).verdict, VERDICT_PASS);
    assert_int_equal(viewjson_answer(&v, QUESTION_PROMOTE, v.evaluated_mono_ms).verdict,
                     VERDICT_HOLD);
}

static void
nothing_known_is_a_whole_answer_too(void **state)
{
    struct question q = question_empty();
    struct text     t;

    (void)state;
    text_init(&t, 1 << 20);
    for (enum verdict_reason reason = 0; reason < REASON_COUNT; reason++) {
        struct verdict_view v = viewjson_blind(&q, reason, 1, 1);

        text_clear(&t);
        viewjson_write(&t, &v, &v.promote, VIEWJSON_FULL, 1);
        check_law(&t, VIEWJSON_FULL, VERDICT_HOLD);
        assert_null(strstr(t.p, "canary_requests"));
    }
    text_release(&t);
}

static void
the_history_keeps_the_pass_side(void **state)
{
    struct verdict_view v = fakeport_view();
    struct text         t;

    (void)state;
    v.checks[CHECK_ERROR_RATE].pass_evidence = 3.5;
    v.checks[CHECK_ERROR_RATE].pass_limit = 20;
    v.checks[CHECK_ERROR_RATE].dry_run = true;
    text_init(&t, 1 << 20);
    viewjson_write(&t, &v, &v.promote, VIEWJSON_FULL, v.evaluated_mono_ms);
    assert_null(strstr(t.p, "pass_evidence"));
    text_clear(&t);
    viewjson_write(&t, &v, &v.promote, VIEWJSON_STORED, v.evaluated_mono_ms);
    assert_non_null(strstr(t.p, "\"pass_evidence\":3.5,\"pass_limit\":20,\"dry_run\":true"));
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_view_is_strict_json),
        cmocka_unit_test(what_is_kept_is_told_to_the_byte),
        cmocka_unit_test(numbers_that_are_known_are_told),
        cmocka_unit_test(numbers_that_are_not_known_are_left_out),
        cmocka_unit_test(a_pass_grows_stale_and_an_abort_does_not),
        cmocka_unit_test(stages_have_their_own_answer),
        cmocka_unit_test(nothing_known_is_a_whole_answer_too),
        cmocka_unit_test(the_history_keeps_the_pass_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
