#include "base/vec.h"

#include "tests/support/check.h"

static void
pushes_keep_order_and_old_pointers(void **state)
{
    struct arena a = {0};
    VEC(int) v = {0};
    const int *old = NULL;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        VEC_PUSH(&a, &v, i * 3);
        if (i == 2)
            old = v.at;
    }
    assert_int_equal(v.n, 1000);
    assert_true(v.cap >= v.n && v.cap < 2048);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(v.at[i], i * 3);
    assert_ptr_not_equal(old, v.at);
    assert_int_equal(old[2], 6); /* stale, but still there */
    arena_release(&a);
}

static void
items_may_be_structs(void **state)
{
    struct point {
        int x, y;
    };
    struct arena a = {0};
    VEC(struct point) v = {0};

    (void)state;
    VEC_PUSH(&a, &v, (struct point){1, 2});
    VEC_PUSH(&a, &v, (struct point){.y = 4});
    assert_int_equal(v.at[0].y, 2);
    assert_int_equal(v.at[1].x, 0);
    assert_int_equal(v.at[1].y, 4);
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes_keep_order_and_old_pointers),
        cmocka_unit_test(items_may_be_structs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
