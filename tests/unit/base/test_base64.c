#include "base/base64.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

/* RFC 4648, section 10. */
static void
test_vectors(void **state)
{
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;

        text_init(&t, 100);
        base64_put(&t, slice_of(cases[i][0]));
        assert_string_equal(t.p, cases[i][1]);
        text_clear(&t);
        assert_int_equal(base64_get(slice_of(cases[i][1]), &t), STATUS_OK);
        assert_string_equal(t.p, cases[i][0]);
        text_release(&t);
    }
}

static void
test_what_is_none(void **state)
{
    static const char *const cases[] = {
        "Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm-_"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;

        text_init(&t, 100);
        if (base64_get(slice_of(cases[i]), &t) != STATUS_SYNTAX)
            fail_msg("%s", cases[i]);
        text_release(&t);
    }
}

static void
test_there_and_back(void **state)
{
    struct prng r = {5};

    (void)state;
    for (size_t n = 0; n < 200; n++) {
        char        bytes[200];
        struct text t, back;

        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)prng_next(&r);
        text_init(&t, 1000);
        text_init(&back, n);
        base64_put(&t, (struct slice){bytes, n});
        assert_int_equal(base64_get(text_slice(&t), &back), STATUS_OK);
        assert_int_equal(back.n, n);
        assert_memory_equal(back.p, bytes, n);
        text_release(&t);
        text_release(&back);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
