#include "tests/support/check.h"

#include "promql/evalfn.h"

/* Every function of the grammar is evaluated, and has what its kind needs. */
static void
all_functions_are_there(void **state)
{
    (void)state;
    for (enum function_id id = 0; id < FUNCTION_COUNT; id++) {
        const struct evalfn *fn = evalfn_get(id);

        if (!fn)
            fail_msg("%s has no implementation", function_get(id)->name);
        assert_int_equal(fn->map != NULL, fn->kind == EVALFN_MAP);
        assert_int_equal(fn->point != NULL, fn->kind == EVALFN_POINT);
        assert_int_equal(fn->window != NULL, fn->kind == EVALFN_WINDOW);
        assert_int_equal(fn->buckets != NULL, fn->kind == EVALFN_BUCKETS);
        assert_int_equal(fn->relabel != NULL, fn->kind == EVALFN_RELABEL);
        assert_int_equal(fn->before != NULL, fn->kind == EVALFN_ORDER);
        assert_int_equal(fn->range_warning != NULL, fn->kind == EVALFN_ORDER);
        assert_true(!fn->wants_falls || fn->kind == EVALFN_WINDOW);
        assert_true(!fn->wants_scratch || fn->kind == EVALFN_WINDOW);
    }
}

/* What takes a range vector is a window function, and no other is. */
static void
kinds_agree_with_types(void **state)
{
    (void)state;
    for (enum function_id id = 0; id < FUNCTION_COUNT; id++) {
        const struct function *f = function_get(id);
        const struct evalfn   *fn = evalfn_get(id);
        bool                   matrix = false;

        for (size_t i = 0; i < f->n_listed; i++)
            matrix |= f->args[i] == EXPR_MATRIX;
        assert_int_equal(matrix && id != FUNCTION_ABSENT_OVER_TIME, fn->kind == EVALFN_WINDOW);
    }
}

/* Only these keep __name__ (promql/engine.go; sorting and relabelling leave
 * series as they are). */
static void
who_keeps_the_name(void **state)
{
    (void)state;
    for (enum function_id id = 0; id < FUNCTION_COUNT; id++) {
        const struct evalfn *fn = evalfn_get(id);
        bool keeps = id == FUNCTION_FIRST_OVER_TIME || id == FUNCTION_LAST_OVER_TIME ||
                     fn->kind == EVALFN_ORDER || fn->kind == EVALFN_RELABEL;

        assert_int_equal(fn->keeps_name, keeps);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_functions_are_there),
        cmocka_unit_test(kinds_agree_with_types),
        cmocka_unit_test(who_keeps_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
