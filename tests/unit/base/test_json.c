#include "base/json.h"

#include "tests/support/check.h"

static void
parses_or_says_why(void **state)
{
    static const struct {
        const char *body, *error; /* error NULL: parses */
        enum status s;
    } cases[] = {
        {"{}", NULL, STATUS_OK},
        {" [1, -2.5e3, \"x\\u0041\", true, null] ", NULL, STATUS_OK},
        {"7", NULL, STATUS_OK},
        {"\"[[[[[[\"", NULL, STATUS_OK},
        {"\"\\\"[[[[[\"", NULL, STATUS_OK},
        {"[[[[1]]]]", NULL, STATUS_OK},
        {"[[[[[1]]]]]", "JSON line 1 column 5: more than 4 nested", STATUS_LIMIT},
        {"[\n{\"a\":[[{", "JSON line 2 column 8: more than 4 nested", STATUS_LIMIT},
        {"", "the body is empty", STATUS_SYNTAX},
        {"  ", "JSON line 1 column", STATUS_SYNTAX},
        {"{\"a\":1,\"a\":2}", "duplicate object key", STATUS_SYNTAX},
        {"{} x", "end of file expected", STATUS_SYNTAX},
        {"{} {}", "end of file expected", STATUS_SYNTAX},
        {"[1,]", "JSON line 1 column 4", STATUS_SYNTAX},
        {"{\"a\":\n nope}", "JSON line 2 column", STATUS_SYNTAX},
        {"NaN", "JSON line 1", STATUS_SYNTAX},
        {"[1e999]", "overflow", STATUS_SYNTAX},
        {"\"\\u0000\"", "NUL", STATUS_SYNTAX},
        {"\"\xff\"", "unable to decode byte 0xff", STATUS_SYNTAX},
        {"\"\xed\xa0\x80\"", "unable to decode byte 0xed", STATUS_SYNTAX},
        {"{'a':1}", "JSON line 1 column", STATUS_SYNTAX},
        {"\"open", "JSON line 1 column", STATUS_SYNTAX},
        {"]", "JSON line 1 column", STATUS_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        json_t    *v = NULL;

        if (json_parse(slice_of(cases[i].body), 4, &v, &err) != cases[i].s)
            fail_msg("%s: %s", cases[i].body, err.text);
        if (cases[i].error && !strstr(err.text, cases[i].error))
            fail_msg("%s: %s", cases[i].body, err.text);
        assert_int_equal(v != NULL, cases[i].error == NULL);
        json_decref(v);
    }
}

/* A token may stand in a body: errors are told to callers and logged. */
static void
an_error_quotes_no_value(void **state)
{
    static const char *const bodies[] = {
        "{\"token\":\"s3cret",
        "{\"token\":\"s3cret\n\"}",
        "{\"token\":\"s3cret\\ud800\"}",
        "{\"token\":\"s3cret\\u0000\"}",
        "{\"token\" \"s3cret\"}",
        "{\"token\":s3cret}",
        "{\"a\":1 \"s3cret\":2}",
        "[1] \"s3cret\"",
        "\"s3cret\xff\"",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct err err = {0};
        json_t    *v = NULL;

        assert_int_equal(json_parse(slice_of(bodies[i]), 4, &v, &err), STATUS_SYNTAX);
        if (strstr(err.text, "s3cret") || !strstr(err.text, "JSON line 1 column "))
            fail_msg("%s: %s", bodies[i], err.text);
    }
}

static void
a_nul_byte_is_refused(void **state)
{
    struct err err = {0};
    json_t    *v;

    (void)state;
    assert_int_equal(json_parse((struct slice){"[1]\0", 4}, 4, &v, &err), STATUS_SYNTAX);
}

typedef enum status want_fn(json_t *obj, const char *path, const char *key, struct err *err);

static enum status
as_object(json_t *obj, const char *path, const char *key, struct err *err)
{
    json_t *v;

    return json_want_object(obj, path, key, &v, err);
}

static enum status
as_array(json_t *obj, const char *path, const char *key, struct err *err)
{
    json_t *v;

    return json_want_array(obj, path, key, &v, err);
}

static enum status
as_text(json_t *obj, const char *path, const char *key, struct err *err)
{
    struct slice v;

    return json_want_text(obj, path, key, &v, err);
}

static enum status
as_number(json_t *obj, const char *path, const char *key, struct err *err)
{
    double v;

    return json_want_number(obj, path, key, &v, err);
}

static void
members_by_type(void **state)
{
    static const struct {
        want_fn    *want;
        const char *path, *key, *error;
        enum status s;
    } cases[] = {
        {as_object, "data", "o", "", STATUS_OK},
        {as_array, "data", "a", "", STATUS_OK},
        {as_text, "data", "t", "", STATUS_OK},
        {as_number, "data", "i", "", STATUS_OK},
        {as_number, "data", "r", "", STATUS_OK},
        {as_number, "data", "t", "data.t: want a number, got a string", STATUS_SYNTAX},
        {as_text, "", "i", "i: want a string, got a number", STATUS_SYNTAX},
        {as_object, "data", "a", "data.a: want an object, got an array", STATUS_SYNTAX},
        {as_array, "data", "b", "data.b: want an array, got a boolean", STATUS_SYNTAX},
        {as_array, "data", "o", "data.o: want an array, got an object", STATUS_SYNTAX},
        {as_text, "data[3]", "none", "data[3].none: missing", STATUS_NOT_FOUND},
        {as_text, "data", "null", "data.null: missing", STATUS_NOT_FOUND},
    };
    struct err err = {0};
    json_t    *obj;

    (void)state;
    assert_int_equal(
        json_parse(
            SLICE_LITERAL(
                "{\"o\":{},\"a\":[],\"t\":\"x\",\"i\":7,\"r\":7.5,\"b\":true,\"null\":null}"),
            4, &obj, &err),
        STATUS_OK);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        err = (struct err){0};
        assert_int_equal(cases[i].want(obj, cases[i].path, cases[i].key, &err), cases[i].s);
        assert_string_equal(err.text, cases[i].error);
    }
    err = (struct err){0};
    assert_int_equal(as_text(json_object_get(obj, "a"), "data.a", "x", &err), STATUS_SYNTAX);
    assert_string_equal(err.text, "data.a: want an object, got an array");
    err = (struct err){0};
    assert_int_equal(as_text(NULL, "data", "x", &err), STATUS_NOT_FOUND);
    json_decref(obj);
}

static void
values_come_out(void **state)
{
    struct err   err = {0};
    json_t      *obj;
    struct slice t;
    double       d;

    (void)state;
    assert_int_equal(
        json_parse(SLICE_LITERAL("{\"t\":\"a\\nb\",\"i\":-7,\"r\":7.5}"), 1, &obj, &err),
        STATUS_OK);
    assert_int_equal(json_want_text(obj, "", "t", &t, &err), STATUS_OK);
    assert_true(slice_is(t, "a\nb"));
    assert_int_equal(json_want_number(obj, "", "i", &d, &err), STATUS_OK);
    check_close(d, -7, 0);
    assert_int_equal(json_want_number(obj, "", "r", &d, &err), STATUS_OK);
    check_close(d, 7.5, 0);
    assert_null(json_slice(json_object_get(obj, "i")).p);
    assert_null(json_slice(NULL).p);
    json_decref(obj);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_or_says_why),       cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(an_error_quotes_no_value), cmocka_unit_test(members_by_type),
        cmocka_unit_test(values_come_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
