#include "tests/support/check.h"

#include "promql/natural.h"

static void
pairs_in_order(void **state)
{
    static const char *const pairs[][2] = {
        {"a", "b"},
        {"a9", "a10"},
        {"1", "2"},
        {"9", "10"},
        {"a1b", "a1c"},
        {"x2-y10", "x10-y2"},
        {"cpu-1", "cpu-11"},
        {"1.9", "1.10"},
        {"a", "a1"},
        {"1", "a"},
        {"Z", "a"},
        {"", "\x01"
             "a"},
        {"a0099", "a100"},
        {"10.0.0.9", "10.0.0.10"},
        {"99999999999999999999", "a"}, /* too large for a number: bytes */
        {"10000000000000000000", "9"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct slice a = slice_of(pairs[i][0]), b = slice_of(pairs[i][1]);

        if (a.n) /* "" is before nothing upstream, and nothing is before it */
            assert_true(natural_before(a, b));
        else
            assert_false(natural_before(a, b));
        assert_false(natural_before(b, a));
    }
}

/* As upstream: equal numbers written differently come before each other. */
static void
leading_zeros(void **state)
{
    (void)state;
    assert_true(natural_before(slice_of("a01"), slice_of("a1")));
    assert_true(natural_before(slice_of("a1"), slice_of("a01")));
    assert_true(natural_before(slice_of("a01b"), slice_of("a1c")));
    assert_false(natural_before(slice_of("a01c"), slice_of("a1b")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_in_order),
        cmocka_unit_test(leading_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
