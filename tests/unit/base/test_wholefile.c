#include "base/wholefile.h"

#include "tests/support/check.h"

#include <stdlib.h>
#include <unistd.h>

static void
reads_up_to_the_maximum(void **state)
{
    char        name[] = "test_wholefile_XXXXXX";
    int         fd = mkstemp(name);
    char        bytes[40000];
    struct text t;
    struct err  err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
    text_init(&t, sizeof bytes);
    assert_int_equal(wholefile_read(name, &t, &err), STATUS_OK);
    assert_int_equal(t.n, sizeof bytes);
    assert_memory_equal(t.p, bytes, sizeof bytes);

    assert_int_equal(write(fd, "x", 1), 1);
    text_clear(&t);
    assert_int_equal(wholefile_read(name, &t, &err), STATUS_TOO_LARGE);
    assert_non_null(strstr(err.text, ": larger than 40000 bytes"));
    text_release(&t);
    close(fd);
    unlink(name);
}

static void
errors_name_the_file(void **state)
{
    static const struct {
        const char *file, *error;
    } cases[] = {
        {"no/such", "no/such: cannot open: No such file or directory"},
        {"/", "/: cannot read: Is a directory"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;
        struct err  err = {0};

        text_init(&t, 10);
        assert_int_equal(wholefile_read(cases[i].file, &t, &err), STATUS_IO);
        assert_string_equal(err.text, cases[i].error);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_up_to_the_maximum),
        cmocka_unit_test(errors_name_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
