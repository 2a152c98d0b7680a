#include "webhooks/bodyin.h"

#include "tests/support/check.h"

#include <stdlib.h>

static struct slice
blanks(size_t n)
{
    static char bytes[4096];

    assert_true(n <= sizeof bytes);
    return (struct slice){bytes, n};
}

static void
bytes_are_kept_up_to_the_paths_maximum(void **state)
{
    struct bodyin_budget budget = {.max_bytes = 10000};
    struct bodyin        b;

    (void)state;
    bodyin_init(&b);
    bodyin_begin(&b, &budget, 3000);
    assert_int_equal(bodyin_take(&b, blanks(2000)), 0);
    assert_int_equal(bodyin_take(&b, blanks(1000)), 0);
    assert_false(b.too_large);
    assert_int_equal(b.text.n, 3000);
    assert_int_equal(budget.held_bytes, 3000);
    assert_int_equal(bodyin_take(&b, blanks(1)), 1);
    assert_int_equal(bodyin_take(&b, blanks(4000)), 4001);
    assert_true(b.too_large && !b.no_room);
    assert_int_equal(budget.held_bytes, 3000);
    bodyin_uncount(&b);
    assert_int_equal(budget.held_bytes, 0);
    bodyin_release(&b);
}

static void
the_budget_is_of_all_together(void **state)
{
    struct bodyin_budget budget = {.max_bytes = 5000};
    struct bodyin        first, second, third;

    (void)state;
    bodyin_init(&first);
    bodyin_init(&second);
    bodyin_init(&third);
    bodyin_begin(&first, &budget, 4096);
    bodyin_begin(&second, &budget, 4096);
    assert_int_equal(bodyin_take(&first, blanks(3000)), 0);
    assert_int_equal(bodyin_take(&second, blanks(2001)), 2001);
    assert_true(second.no_room && !second.too_large);
    /* What was thrown away leaves a hole: it stays refused when room is back. */
    bodyin_uncount(&first);
    assert_int_equal(bodyin_take(&second, blanks(10)), 2011);
    assert_true(second.no_room);
    bodyin_uncount(&second);
    assert_int_equal(budget.held_bytes, 0);
    bodyin_uncount(&third); /* no byte of it came */
    bodyin_release(&first);
    bodyin_release(&second);
    bodyin_release(&third);
}

/* Who takes the text takes its memory; the budget is given back all the same. */
static void
taken_text_is_still_counted(void **state)
{
    struct bodyin_budget budget = {.max_bytes = 5000};
    struct bodyin        b;
    size_t               n;
    char                *taken;

    (void)state;
    bodyin_init(&b);
    bodyin_begin(&b, &budget, 4096);
    assert_int_equal(bodyin_take(&b, blanks(4000)), 0);
    taken = text_take(&b.text, &n);
    assert_int_equal(n, 4000);
    assert_int_equal(budget.held_bytes, 4000);
    bodyin_uncount(&b);
    bodyin_uncount(&b);
    assert_int_equal(budget.held_bytes, 0);
    bodyin_release(&b);
    free(taken);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_kept_up_to_the_paths_maximum),
        cmocka_unit_test(the_budget_is_of_all_together),
        cmocka_unit_test(taken_text_is_still_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
