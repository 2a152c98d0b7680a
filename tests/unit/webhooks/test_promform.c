#include "webhooks/promform.h"

#include "tests/support/check.h"

static struct request r;
static struct arena   arena;

static enum status
read_form(struct promform *f, enum request_method m, const char *target, struct slice body,
          const char *content_type, struct err *err)
{
    assert_int_equal(request_target(&r, slice_of(target), err), STATUS_OK);
    r.method = m;
    r.body = body;
    r.content_type = slice_of(content_type);
    return promform_read(f, &arena, &r, err);
}

static int
release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void
is(struct slice got, const char *want)
{
    if (!slice_is(got, want))
        fail_msg("want %s, got %.*s", want, SLICE_ARG(got));
}

static void
the_form_comes_before_the_query(void **state)
{
    struct promform f;
    struct err      err = {0};
    struct slice    v;
    size_t          at = 0;

    (void)state;
    assert_int_equal(read_form(&f, REQUEST_POST, "/api/v1/series?match[]=a&x=1",
                               SLICE_LITERAL("match%5B%5D=b&x=2+%2B%0A3&&match[]=c"),
                               "application/x-www-form-urlencoded", &err),
                     STATUS_OK);
    is(promform_get(&f, "x"), "2 +\n3");
    assert_null(promform_get(&f, "y").p);
    assert_true(promform_next(&f, "match[]", &at, &v));
    is(v, "b");
    assert_true(promform_next(&f, "match[]", &at, &v));
    is(v, "c");
    assert_true(promform_next(&f, "match[]", &at, &v));
    is(v, "a");
    assert_false(promform_next(&f, "match[]", &at, &v));
}

static void
only_forms_are_read_and_only_by_post(void **state)
{
    static const struct {
        enum request_method method;
        const char         *type;
        bool                read;
    } cases[] = {
        {REQUEST_POST, NULL, true},
        {REQUEST_POST, "Application/X-WWW-Form-Urlencoded; charset=utf-8", true},
        {REQUEST_POST, "text/plain", false},
        {REQUEST_POST, "multipart/form-data; boundary=x", false},
        {REQUEST_GET, "application/x-www-form-urlencoded", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct promform f;
        struct err      err = {0};

        assert_int_equal(read_form(&f, cases[i].method, "/api/v1/query", SLICE_LITERAL("a=1"),
                                   cases[i].type, &err),
                         STATUS_OK);
        assert_int_equal(promform_get(&f, "a").n == 1, cases[i].read);
    }
}

static void
hostile_forms(void **state)
{
    struct promform f;
    struct err      err = {0};
    static char     many[2 * (PROMFORM_MAX_PARAMS + 2)];

    (void)state;
    assert_int_equal(
        read_form(&f, REQUEST_GET, "/api/v1/query?a=%4", (struct slice){0}, NULL, &err),
        STATUS_SYNTAX);
    err = (struct err){0};
    assert_int_equal(
        read_form(&f, REQUEST_GET, "/api/v1/query?%zz=1", (struct slice){0}, NULL, &err),
        STATUS_SYNTAX);
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = i % 2 ? '&' : 'a';
    err = (struct err){0};
    assert_int_equal(read_form(&f, REQUEST_POST, "/api/v1/query",
                               (struct slice){many, 2 * PROMFORM_MAX_PARAMS}, NULL, &err),
                     STATUS_OK);
    assert_int_equal(f.params.n, PROMFORM_MAX_PARAMS);
    assert_int_equal(
        read_form(&f, REQUEST_POST, "/api/v1/query", (struct slice){many, sizeof many}, NULL, &err),
        STATUS_LIMIT);
    /* Any byte may come out, a NUL too. */
    err = (struct err){0};
    assert_int_equal(
        read_form(&f, REQUEST_GET, "/api/v1/query?a=%00%ff", (struct slice){0}, NULL, &err),
        STATUS_OK);
    assert_int_equal(promform_get(&f, "a").n, 2);
    assert_memory_equal(promform_get(&f, "a").p, "\0\xff", 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_form_comes_before_the_query, release),
        cmocka_unit_test_teardown(only_forms_are_read_and_only_by_post, release),
        cmocka_unit_test_teardown(hostile_forms, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
