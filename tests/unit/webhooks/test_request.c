#include "webhooks/request.h"

#include "tests/support/check.h"

#include <string.h>

static struct request r;

static void
targets_are_taken_apart(void **state)
{
    static const struct {
        const char *target, *path, *name, *value;
        size_t      n;
    } cases[] = {
        {"/v1/runs", "/v1/runs", "", "", 0},
        {"/?a=b", "/", "a", "b", 1},
        {"/x?a=b&c=d", "/x", "c", "d", 2},
        {"/x?a", "/x", "a", "", 1},
        {"/x?&&a=1&", "/x", "a", "1", 1},
        {"/x?a=b=c", "/x", "a", "b=c", 1},
        {"/x?a=1+2%20%2B", "/x", "a", "1 2 +", 1},
        {"/x?%61=%e2%82%ac", "/x", "a", "\xe2\x82\xac", 1},
        {"/x?a=caf\xc3\xa9", "/x", "a", "caf\xc3\xa9", 1}, /* Argo sends it raw */
        {"/x?a=?b", "/x", "a", "?b", 1},
        {"http://host:1/x?a=b", "/x", "a", "b", 1},
        {"http://host", "/", "", "", 0},
        {"/a%2fb?c=d", "/a%2fb", "c", "d", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        if (request_target(&r, slice_of(cases[i].target), &err))
            fail_msg("%s: %s", cases[i].target, err.text);
        assert_true(slice_is(r.path, cases[i].path));
        assert_int_equal(r.n_params, cases[i].n);
        if (cases[i].n)
            assert_true(slice_is(request_param(&r, cases[i].name), cases[i].value));
    }
}

static void
bad_targets_are_refused(void **state)
{
    static const struct {
        const char *target;
        enum status want;
    } cases[] = {
        {"", STATUS_SYNTAX},
        {"*", STATUS_SYNTAX},
        {"x", STATUS_SYNTAX},
        {"?a=b", STATUS_SYNTAX},
        {"/x?v=a b", STATUS_SYNTAX}, /* what Argo makes of an argument with a blank */
        {"/x y", STATUS_SYNTAX},
        {"/x\ty", STATUS_SYNTAX},
        {"/x?a=%", STATUS_SYNTAX},
        {"/x?a=%4", STATUS_SYNTAX},
        {"/x?a=%zz", STATUS_SYNTAX},
        {"/x?a=%00", STATUS_SYNTAX},
        {"/x?a=%0a", STATUS_SYNTAX},
        {"/x?a=%ff", STATUS_SYNTAX},
        {"/x?a=\xff", STATUS_SYNTAX},
        {"/?a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a", STATUS_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        if (request_target(&r, slice_of(cases[i].target), &err) != cases[i].want)
            fail_msg("%s: not as wanted", cases[i].target);
        assert_true(*err.text != '\0');
    }
}

static void
the_longest_target_fits(void **state)
{
    char       target[REQUEST_TARGET_BYTES + 1];
    struct err err = {0};

    (void)state;
    memset(target, 'a', sizeof target);
    memcpy(target, "/?a=1&", 6);
    assert_int_equal(request_target(&r, (struct slice){target, REQUEST_TARGET_BYTES - 2}, &err),
                     STATUS_OK);
    assert_int_equal(r.param[1].name.n, REQUEST_TARGET_BYTES - 2 - 6);
    assert_int_equal(request_target(&r, (struct slice){target, REQUEST_TARGET_BYTES - 1}, &err),
                     STATUS_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_taken_apart),
        cmocka_unit_test(bad_targets_are_refused),
        cmocka_unit_test(the_longest_target_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
