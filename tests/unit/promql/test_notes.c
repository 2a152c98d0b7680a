#include "tests/support/check.h"

#include "promql/notes.h"

static const struct slice query = SLICE_LITERAL("a +\n  bb");
static const struct place first = {0, 1}, second = {6, 8};

static void
said_twice_is_kept_once(void **state)
{
    struct arena arena = {0};
    struct notes notes = {.arena = &arena, .query = query};

    (void)state;
    notes_add(&notes, NOTE_WARNING, first, "too %s", "much");
    notes_add(&notes, NOTE_INFO, first, "too much");
    notes_add(&notes, NOTE_WARNING, second, "too much");
    notes_finish(&notes);
    assert_int_equal(notes.n, 2);
    assert_true(slice_is(notes.at[0].text, "PromQL warning: too much (2:3)")); /* the last place */
    assert_true(slice_is(notes.at[1].text, "PromQL info: too much (1:1)"));
    assert_int_equal(notes.omitted, 0);
    arena_release(&arena);
}

static void
fixes_are_told_together(void **state)
{
    static const struct bucket_fix fix[] = {{true, 2, 8, 0.125}, {true, 0.5, 4, 1234}};
    struct arena                   arena = {0};
    struct notes                   notes = {.arena = &arena, .query = query};

    (void)state;
    notes_add_fix(&notes, first, slice_of("raised"), &fix[0], 951782400000);
    notes_add_fix(&notes, second, slice_of("raised"), &fix[1], 60999);
    notes_add_fix(&notes, second, slice_of("other"), &fix[0], -1);
    notes_finish(&notes);
    assert_int_equal(notes.n, 2);
    assert_true(slice_is(notes.at[0].text,
                         "PromQL info: raised, from buckets 0.5 to 8, with a max diff of 1.2e+03, "
                         "over 2 samples from 1970-01-01T00:01:00Z to 2000-02-29T00:00:00Z (1:1)"));
    assert_true(slice_is(notes.at[1].text,
                         "PromQL info: other, from buckets 2 to 8, with a max diff of 0.12, over 1 "
                         "samples from 1970-01-01T00:00:00Z to 1970-01-01T00:00:00Z (2:3)"));
    arena_release(&arena);
}

static void
there_is_a_limit(void **state)
{
    struct arena arena = {0};
    struct notes notes = {.arena = &arena, .query = query};

    (void)state;
    for (int i = 0; i < NOTES_MAX + 10; i++)
        notes_add(&notes, NOTE_INFO, first, "number %d", i);
    notes_add(&notes, NOTE_INFO, first, "number 7");
    notes_finish(&notes);
    assert_int_equal(notes.n, NOTES_MAX);
    assert_int_equal(notes.omitted, 10);
    arena_release(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(said_twice_is_kept_once),
        cmocka_unit_test(fixes_are_told_together),
        cmocka_unit_test(there_is_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
