#include "analyzer/phase.h"
#include "tests/support/check.h"

/* api.md, in its order; what each can be judged by: design.md §1. */
static void
each_phase_is_what_it_says(void **state)
{
    static const struct {
        const char *text;
        bool        compares, attempts_only;
    } want[] = {
        {"canary", true, false}, /* a share of the users */
        {"mirror", true, true},  /* the same requests, nobody sees the answers */
        {"cohort", false, false}, {"bluegreen", false, false}, {"post", false, false},
    };
    (void)state;

    assert_int_equal(PHASE_COUNT, ARRAY_LEN(want));
    assert_int_equal(PHASE_CANARY, 0); /* what a zeroed policy is in */
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        enum phase p = PHASE_COUNT;

        assert_int_equal(phase_parse(slice_of(want[i].text), &p), STATUS_OK);
        assert_int_equal(p, i);
        assert_string_equal(phase_text(p), want[i].text);
        assert_int_equal(phase_compares(p), want[i].compares);
        assert_int_equal(phase_attempts_only(p), want[i].attempts_only);
        assert_true(strlen(phase_help(p)) > 10);
    }
}

static void
other_words_are_none(void **state)
{
    static const char *const words[] = {"", "Canary", "canary ", "blue-green", "shadow", "can"};
    enum phase               p = PHASE_POST;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        assert_int_equal(phase_parse(slice_of(words[i]), &p), STATUS_SYNTAX);
    assert_int_equal(p, PHASE_POST); /* untouched */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_phase_is_what_it_says),
        cmocka_unit_test(other_words_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
