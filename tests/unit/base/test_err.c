#include "base/err.h"

#include "tests/support/check.h"

#include <string.h>

static void
first_error_wins(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(err_set(&err, STATUS_RANGE, "port %d: %s", 70000, "use 1 to 65535"),
                     STATUS_RANGE);
    assert_int_equal(err_set(&err, STATUS_SYNTAX, "an echo"), STATUS_SYNTAX);
    assert_int_equal(err.status, STATUS_RANGE);
    assert_string_equal(err.text, "port 70000: use 1 to 65535");
    assert_int_equal(err_set(NULL, STATUS_IO, "nobody reads this"), STATUS_IO);
}

static void
control_characters_are_defused(void **state)
{
    struct err err = {0};

    (void)state;
    err_set(&err, STATUS_MALFORMED, "got %s", "a\nb\033[2J\177 \xc3\xa9");
    assert_string_equal(err.text, "got a?b?[2J? \xc3\xa9");
}

static void
wrap_puts_the_place_in_front(void **state)
{
    struct err err = {0}, none = {0};

    (void)state;
    assert_int_equal(err_wrap(&none, "nothing to wrap"), STATUS_OK);
    assert_string_equal(none.text, "");
    assert_int_equal(err_wrap(NULL, "nobody"), STATUS_OK);

    err_set(&err, STATUS_TIMEOUT, "no answer in 5 s");
    assert_int_equal(err_wrap(&err, "source %s", "mesh\n"), STATUS_TIMEOUT);
    assert_string_equal(err.text, "source mesh?: no answer in 5 s");
}

static void
long_texts_stay_whole_strings(void **state)
{
    char       much[1000];
    struct err err = {0};

    (void)state;
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    err_set(&err, STATUS_LIMIT, "%s", much);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    err_wrap(&err, "%s", "here");
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_memory_equal(err.text, "here: xxx", 9);
    err_wrap(&err, "%s", much);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_error_wins),
        cmocka_unit_test(control_characters_are_defused),
        cmocka_unit_test(wrap_puts_the_place_in_front),
        cmocka_unit_test(long_texts_stay_whole_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
