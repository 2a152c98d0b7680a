#include "analyzer/check.h"
#include "analyzer/verdict.h"
#include "tests/support/check.h"

static void
verdicts(void **state)
{
    /* api.md, in the order of precedence from harmless to harmful */
    static const char *const text[] = {"pass", "hold", "fail", "abort"};
    enum verdict             v;

    (void)state;
    assert_int_equal(VERDICT_COUNT, ARRAY_LEN(text));
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        assert_string_equal(verdict_text((enum verdict)i), text[i]);
        assert_int_equal(verdict_parse(slice_of(text[i]), &v), STATUS_OK);
        assert_int_equal(v, i);
    }
    assert_int_equal(verdict_parse(SLICE_LITERAL("passed"), &v), STATUS_SYNTAX);
    assert_int_equal(verdict_parse(SLICE_LITERAL("Pass"), &v), STATUS_SYNTAX);
    assert_int_equal(verdict_parse((struct slice){0}, &v), STATUS_SYNTAX);
}

static void
reasons(void **state)
{
    enum verdict_reason r;

    (void)state;
    for (size_t i = 0; i < REASON_COUNT; i++) {
        const char *text = verdict_reason_text((enum verdict_reason)i);

        assert_int_equal(verdict_reason_parse(slice_of(text), &r), STATUS_OK);
        assert_int_equal(r, i); /* so no text stands there twice */
        assert_true(strlen(verdict_reason_help((enum verdict_reason)i)) > 10);
        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz_"), strlen(text));
    }
    assert_int_equal(verdict_reason_parse(SLICE_LITERAL("no_traffic"), &r), STATUS_OK);
    assert_int_equal(r, REASON_NO_TRAFFIC);
    assert_int_equal(verdict_reason_parse(SLICE_LITERAL("because"), &r), STATUS_SYNTAX);
}

static void
checks(void **state)
{
    /* api.md: "checks has each of these keys always" */
    static const char *const text[] = {"error_rate",    "latency",      "slo_success_rate",
                                       "slo_latency",   "success_rate", "p95",
                                       "client_errors", "split",        "mesh",
                                       "guard",         "data"};
    struct check_result      none = check_none();
    enum check               c;

    (void)state;
    assert_int_equal(CHECK_COUNT, ARRAY_LEN(text));
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        assert_string_equal(check_text((enum check)i), text[i]);
        assert_int_equal(check_parse(slice_of(text[i]), &c), STATUS_OK);
        assert_int_equal(c, i);
        assert_true(check_asks((enum check)i)[strlen(check_asks((enum check)i)) - 1] == '?');
    }
    assert_int_equal(check_parse(SLICE_LITERAL("p99"), &c), STATUS_SYNTAX);
    check_close(check_weight(CHECK_ERROR_RATE), .5, 0);
    check_close(check_evidence(1e9), 1e300, 0);
    assert_int_equal(none.verdict, VERDICT_HOLD);
    assert_int_equal(none.reason, REASON_NOT_CONFIGURED);
    assert_false(none.configured || none.required || none.dry_run);
    assert_true(isnan(none.evidence) && isnan(none.value) && isnan(none.limit) &&
                isnan(none.pass_evidence) && isnan(none.pass_limit) && isnan(none.need_requests));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(reasons),
        cmocka_unit_test(checks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
