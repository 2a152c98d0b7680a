#include "webhooks/token.h"

#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/verdictd-token-XXXXXX";

static void
write_file(const char *body)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(body, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static bool
good(struct token_set *t, const char *token)
{
    return token_check(t, slice_of(token));
}

static void
tokens_are_read_from_lines(void **state)
{
    struct token_set *t;
    struct err        err = {0};

    (void)state;
    write_file("# of the platform team\n\n  abc123  \r\n#old\nde:f/456=\n");
    assert_int_equal(token_open(path, &t, &err), STATUS_OK);
    assert_true(good(t, "abc123"));
    assert_true(good(t, "de:f/456="));
    assert_false(good(t, ""));
    assert_false(good(t, "abc12"));
    assert_false(good(t, "abc1234"));
    assert_false(good(t, "#old"));
    assert_false(good(t, "ABC123"));
    assert_false(token_check(t, (struct slice){"abc123\0x", 8}));
    token_free(t);
}

static void
bad_files_are_refused_without_showing_tokens(void **state)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        {"", "no token"},
        {"# only a comment\n\n", "no token"},
        {"good\ns3cret s3cret\n", ":2:"},
        {"s3cret\xc3\xa9\n", ":1:"},
    };
    struct token_set *t;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        write_file(cases[i].body);
        assert_int_equal(token_open(path, &t, &err), STATUS_SYNTAX);
        assert_non_null(strstr(err.text, cases[i].part));
        assert_null(strstr(err.text, "s3cret"));
    }
}

static void
reload_is_all_or_nothing(void **state)
{
    struct token_set *t;
    struct err        err = {0};

    (void)state;
    write_file("one\n");
    assert_int_equal(token_open(path, &t, &err), STATUS_OK);
    write_file("two\nthree\n");
    assert_int_equal(token_reload(t, &err), STATUS_OK);
    assert_false(good(t, "one"));
    assert_true(good(t, "three"));
    write_file("four\nnot one\n");
    assert_int_equal(token_reload(t, &err), STATUS_SYNTAX);
    assert_true(good(t, "two"));
    assert_false(good(t, "four"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(token_reload(t, &(struct err){0}), STATUS_IO);
    assert_true(good(t, "two"));
    token_free(t);
}

static void
headers_bring_tokens(void **state)
{
    static const struct {
        const char *header, *token; /* NULL: none */
    } cases[] = {
        {"Bearer abc123", "abc123"},
        {"bearer   abc123 ", "abc123"},
        {"Basic dXNlcjphYmMxMjM=", "abc123"}, /* user:abc123 */
        {"Basic OmRlOmY=", "de:f"},           /* :de:f */
        {"Basic dXNlcjo=", NULL},             /* user: */
        {"Basic dXNlcg==", NULL},             /* user */
        {"Basic !!!!", NULL},
        {"Basic", NULL},
        {"Bearer", NULL},
        {"Bearer ", NULL},
        {"Digest abc123", NULL},
        {"", NULL},
    };
    char token[TOKEN_BYTES];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool got = token_of_header(slice_of(cases[i].header), token);

        if (got != (cases[i].token != NULL))
            fail_msg("\"%s\": got %d", cases[i].header, got);
        if (got)
            assert_string_equal(token, cases[i].token);
    }
    assert_false(token_of_header((struct slice){0}, token));
}

static int
make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 || close(fd);
}

static int
remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_read_from_lines),
        cmocka_unit_test(bad_files_are_refused_without_showing_tokens),
        cmocka_unit_test(reload_is_all_or_nothing),
        cmocka_unit_test(headers_bring_tokens),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
