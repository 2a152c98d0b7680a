#include "base/status.h"

#include "tests/support/check.h"

#include <string.h>

static void
every_status_has_a_text_and_a_code(void **state)
{
    (void)state;
    assert_int_equal(STATUS_OK, 0); /* callers write `if (s)` */
    for (int s = 0; s < STATUS_COUNT; s++) {
        assert_true(strlen(status_text((enum status)s)) > 0);
        assert_in_range(status_http((enum status)s), 200, 599);
        for (int other = 0; other < s; other++)
            assert_string_not_equal(status_text((enum status)s), status_text((enum status)other));
    }
}

static void
codes_that_callers_rely_on(void **state)
{
    (void)state;
    assert_int_equal(status_http(STATUS_OK), 200);
    assert_int_equal(status_http(STATUS_NO_DATA), 200);
    assert_int_equal(status_http(STATUS_NOT_FOUND), 404);
    assert_int_equal(status_http(STATUS_BUSY), 503);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_text_and_a_code),
        cmocka_unit_test(codes_that_callers_rely_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
