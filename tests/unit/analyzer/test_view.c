#include "analyzer/view.h"
#include "tests/support/check.h"

/* api.md, "Age": a pass or fail older than max_age is hold stale_data; a hold
 * says nothing that could grow wrong, and an abort does not age. */
static void
aged(void **state)
{
    static const struct {
        enum verdict verdict;
        int64_t      now_ms;
        enum verdict want;
    } row[] = {
        {VERDICT_PASS, 1000, VERDICT_PASS},
        {VERDICT_PASS, 31000, VERDICT_PASS}, /* exactly max_age old */
        {VERDICT_PASS, 31001, VERDICT_HOLD},
        {VERDICT_FAIL, 31000, VERDICT_FAIL},
        {VERDICT_FAIL, 31001, VERDICT_HOLD},
        {VERDICT_HOLD, 900000, VERDICT_HOLD},
        {VERDICT_ABORT, 900000, VERDICT_ABORT},
        {VERDICT_PASS, 500, VERDICT_PASS}, /* read just before it was published */
    };
    struct verdict_view v = {.evaluated_mono_ms = 1000, .max_age_ms = 30000};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct view_answer a = {row[i].verdict, REASON_MAX_HOLD, "as it was"};
        struct view_answer got = view_aged(&v, &a, row[i].now_ms);
        bool               stale = row[i].want != row[i].verdict;

        assert_int_equal(got.verdict, row[i].want);
        assert_int_equal(got.reason, stale ? REASON_STALE_DATA : REASON_MAX_HOLD);
        if (!stale)
            assert_string_equal(got.message, "as it was");
    }
}

static void
stale_message(void **state)
{
    struct verdict_view v = {.evaluated_mono_ms = 1000, .max_age_ms = 30000};
    struct view_answer  a = {VERDICT_PASS, REASON_PROVEN, "fine"};
    struct view_answer  got = view_aged(&v, &a, 43000);

    (void)state;
    assert_string_equal(got.message, "last judged 42 s ago as pass; only 30 s may pass");
}

static void
clean(void **state)
{
    static const struct {
        const char *in, *want;
    } row[] = {
        {"canary 41 of 100", "canary 41 of 100"},
        {"a<b>c&d", "a(b)c+d"},
        {"tab\tline\nend\x7f", "tab line end "},
        {"caf\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x99\x82!", "caf? ? ?!"},
        {"two \xc3\xa9\xc3\xa9", "two ?\x3f"},
        {"\x80lone", "?lone"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        char message[VIEW_MESSAGE_BYTES] = {0};

        snprintf(message, sizeof message, "%s", row[i].in);
        view_clean(message);
        assert_string_equal(message, row[i].want);
    }
}

/* Whatever the bytes, even without an end. */
static void
clean_anything(void **state)
{
    (void)state;
    for (unsigned start = 0; start < 256; start++) {
        char message[VIEW_MESSAGE_BYTES];

        for (size_t i = 0; i < sizeof message; i++)
            message[i] = (char)(start + i * 7 == 0 ? 1 : (start + i * 7) % 255 + 1);
        view_clean(message);
        assert_true(strlen(message) <= 200);
        for (const char *p = message; *p; p++)
            assert_true(*p >= 0x20 && *p < 0x7f && !strchr("<>&", *p));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aged),
        cmocka_unit_test(stale_message),
        cmocka_unit_test(clean),
        cmocka_unit_test(clean_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
