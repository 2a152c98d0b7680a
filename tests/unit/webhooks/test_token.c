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
    struct token_grant g;

    return token_find(t, slice_of(token), &g);
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
    assert_false(token_find(t, (struct slice){"abc123\0x", 8}, &(struct token_grant){0}));
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
        {"good\ns3cret s3cret\n", ":2: behind the token stands what is not a list of scopes"},
        {"s3cret\xc3\xa9\n", ":1:"},
        {"s3cret read,\n", "list of scopes"},
        {"s3cret ,read\n", "list of scopes"},
        {"s3cret read, gate\n", "list of scopes"},
        {"s3cret READ\n", "list of scopes"},
        {"s3cret read s3cret/\n", "list of namespaces"},
        {"s3cret read prod,,dev\n", "list of namespaces"},
        {"s3cret read prod,*\n", "list of namespaces"},
        {"s3cret read 0123456789012345678901234567890123456789012345678901234567890123\n",
         "list of namespaces"},
        {"s3cret read a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n", "more than 16 namespaces"},
        {"s3cret read prod s3cret\n", "a line is TOKEN"},
        {"s3cret\nother\ns3cret write\n", ":3: this token stands in a line above"},
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
lines_say_what_a_token_allows(void **state)
{
    /* Bits by token_scope.def: read 1, gate 2, act 4, force 8, write 16. */
    static const struct {
        const char *line;
        unsigned    scopes, n_namespaces;
        const char *covered, *not_covered; /* namespaces; NULL: none */
    } cases[] = {
        {"t", 7, 0, "prod", NULL},
        {"t read", 1, 0, "prod", NULL},
        {"t write", 16, 0, "", NULL},
        {"t gate,force", 10, 0, "prod", NULL},
        {"t read,gate,act,force,write", 31, 0, "prod", NULL},
        {"t read,read", 1, 0, "prod", NULL},
        {"  t \t gate   prod,staging\t", 2, 2, "staging", "dev"},
        {"t gate prod,staging", 2, 2, "prod", "pro"},
        {"t gate prod", 2, 1, "prod", "prod2"},
        {"t gate prod", 2, 1, "prod", ""}, /* all namespaces are more than one */
        {"t gate *", 2, 0, "", NULL},
        {"t read a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", 1, 16, "p", "q"},
    };
    struct token_set  *t;
    struct token_grant g;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        write_file(cases[i].line);
        assert_int_equal(token_open(path, &t, &(struct err){0}), STATUS_OK);
        assert_true(token_find(t, slice_of("t"), &g));
        if (g.scopes != cases[i].scopes || g.n_namespaces != cases[i].n_namespaces)
            fail_msg("\"%s\": scopes %u, %u namespaces", cases[i].line, g.scopes, g.n_namespaces);
        assert_true(token_covers(&g, slice_of(cases[i].covered)));
        if (cases[i].not_covered)
            assert_false(token_covers(&g, slice_of(cases[i].not_covered)));
        assert_int_equal(token_any_has(t, TOKEN_SCOPE_WRITE), cases[i].scopes >> 4 & 1);
        assert_false(token_find(t, slice_of("u"), &g));
        assert_int_equal(g.scopes, 0);
        token_free(t);
    }
}

static void
each_token_has_what_its_own_line_says(void **state)
{
    struct token_set  *t;
    struct token_grant g;

    (void)state;
    write_file("first read\nsecond write\nthird gate dev\n");
    assert_int_equal(token_open(path, &t, &(struct err){0}), STATUS_OK);
    assert_true(token_find(t, slice_of("second"), &g));
    assert_int_equal(g.scopes, 1U << TOKEN_SCOPE_WRITE);
    assert_true(token_find(t, slice_of("third"), &g));
    assert_true(token_covers(&g, slice_of("dev")) && !token_covers(&g, slice_of("prod")));
    assert_true(token_find(t, slice_of("first"), &g));
    assert_int_equal(g.scopes, 1U << TOKEN_SCOPE_READ);
    assert_int_equal(g.n_namespaces, 0);
    token_free(t);
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
        cmocka_unit_test(lines_say_what_a_token_allows),
        cmocka_unit_test(each_token_has_what_its_own_line_says),
        cmocka_unit_test(reload_is_all_or_nothing),
        cmocka_unit_test(headers_bring_tokens),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
