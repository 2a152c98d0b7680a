#include "base/jsonout.h"

#include "base/json.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>

static void
writes_strict_json(void **state)
{
    struct text    t;
    struct jsonout j;

    (void)state;
    text_init(&t, 1000);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "verdict", "hold");
    jsonout_bool(&j, "pass", false);
    jsonout_int(&j, "i", INT64_MIN);
    jsonout_uint(&j, "u", UINT64_MAX);
    jsonout_double(&j, "d", 0.5);
    jsonout_double(&j, "nan", NAN);
    jsonout_double(&j, "inf", -INFINITY);
    jsonout_begin_array(&j, "list");
    jsonout_double(&j, NULL, INFINITY);
    jsonout_double(&j, NULL, 1e300);
    jsonout_begin_object(&j, NULL);
    jsonout_end_object(&j);
    jsonout_begin_array(&j, NULL);
    jsonout_end_array(&j);
    jsonout_end_array(&j);
    jsonout_text(&j, "none", NULL);
    jsonout_end_object(&j);
    assert_string_equal(t.p, "{\"verdict\":\"hold\",\"pass\":false,\"i\":-9223372036854775808,"
                             "\"u\":18446744073709551615,\"d\":0.5,\"list\":[1e+300,{},[]],"
                             "\"none\":\"\"}");
    text_release(&t);
}

static void
texts_are_escaped(void **state)
{
    static const struct {
        const char *in;
        size_t      n;
        const char *out;
    } cases[] = {
        {"", 0, "\"\""},
        {"a\"b\\c/", 6, "\"a\\\"b\\\\c/\""},
        {"\n\t\r\0\x1f\x7f", 6, "\"\\n\\u0009\\u000d\\u0000\\u001f\x7f\""},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 14,
         "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
        {"a\xff", 2, "\"a\xef\xbf\xbd\""},
        {"\xc3", 1, "\"\xef\xbf\xbd\""},
        {"\xed\xa0\x80z", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text    t;
        struct jsonout j;

        text_init(&t, 1000);
        jsonout_init(&j, &t);
        jsonout_slice(&j, NULL, (struct slice){cases[i].in, cases[i].n});
        assert_string_equal(t.p, cases[i].out);
        text_release(&t);
    }
}

/* A random tree, written by us and at the same time built with jansson. */
static json_t *
grow(struct jsonout *j, struct prng *r, const char *key, int depth)
{
    char    bytes[20];
    size_t  n = prng_below(r, sizeof bytes), kind = prng_below(r, depth < 6 ? 7 : 4);
    json_t *v;
    double  d;

    if (kind == 0) {
        for (size_t i = 0; i < n; i++) /* ASCII controls and specials, no NUL */
            bytes[i] = (char)(1 + prng_below(r, 127));
        jsonout_slice(j, key, (struct slice){bytes, n});
        return json_stringn(bytes, n);
    }
    if (kind == 1) {
        int64_t i = (int64_t)prng_next(r);

        jsonout_int(j, key, i);
        return json_integer(i);
    }
    if (kind == 2) {
        do
            d = prng_bits(r);
        while (!isfinite(d));
        jsonout_double(j, key, d);
        return json_real(d);
    }
    if (kind == 3) {
        jsonout_bool(j, key, n & 1);
        return json_boolean(n & 1);
    }
    v = kind < 5 ? json_array() : json_object();
    (kind < 5 ? jsonout_begin_array : jsonout_begin_object)(j, key);
    for (size_t i = 0; i < n / 3; i++) {
        char name[10];

        snprintf(name, sizeof name, "k\"\n%zu", i);
        if (kind < 5)
            json_array_append_new(v, grow(j, r, NULL, depth + 1));
        else
            json_object_set_new(v, name, grow(j, r, name, depth + 1));
    }
    (kind < 5 ? jsonout_end_array : jsonout_end_object)(j);
    return v;
}

/* As json_equal(), but a real whose text looks whole may come back as an integer. */
static bool
same(const json_t *a, const json_t *b)
{
    const char *key;
    json_t     *item;
    size_t      i;

    if (json_is_number(a) && json_is_real(b))
        return json_number_value(a) == json_number_value(b);
    if (json_is_array(a) && json_is_array(b)) {
        if (json_array_size(a) != json_array_size(b))
            return false;
        json_array_foreach(a, i, item) if (!same(item, json_array_get(b, i))) return false;
        return true;
    }
    if (json_is_object(a) && json_is_object(b)) {
        if (json_object_size(a) != json_object_size(b))
            return false;
        json_object_foreach((json_t *)(uintptr_t)a, key,
                            item) if (!same(item, json_object_get(b, key))) return false;
        return true;
    }
    return json_equal(a, b);
}

static void
random_trees_read_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct prng    r = {seed};
        struct text    t;
        struct jsonout j;
        struct err     err = {0};
        json_t        *want, *got = NULL;

        text_init(&t, 1 << 20);
        jsonout_init(&j, &t);
        want = grow(&j, &r, NULL, 0);
        assert_int_equal(j.depth, 0);
        assert_int_equal(t.status, STATUS_OK);
        if (json_parse(text_slice(&t), 32, &got, &err))
            fail_msg("seed %d: %s in %s", (int)seed, err.text, t.p);
        if (!same(got, want))
            fail_msg("seed %d: %s", (int)seed, t.p);
        json_decref(got);
        json_decref(want);
        text_release(&t);
    }
}

/* Random bytes, valid or not, always give a text that a strict reader takes. */
static void
random_bytes_make_valid_texts(void **state)
{
    struct prng r = {2};

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char           bytes[30];
        size_t         n = prng_below(&r, sizeof bytes);
        struct text    t;
        struct jsonout j;
        struct err     err = {0};
        json_t        *v = NULL;

        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)(0x80 + prng_below(&r, 0x80) * (prng_below(&r, 4) > 0));
        text_init(&t, 1000);
        jsonout_init(&j, &t);
        jsonout_slice(&j, NULL, (struct slice){bytes, n});
        if (json_parse(text_slice(&t), 1, &v, &err))
            fail_msg("%s: %s", err.text, t.p);
        json_decref(v);
        text_release(&t);
    }
}

static void
the_maximum_is_kept(void **state)
{
    struct text    t;
    struct jsonout j;

    (void)state;
    text_init(&t, 10);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "key", "much longer than ten bytes");
    jsonout_end_object(&j);
    assert_int_equal(t.status, STATUS_TOO_LARGE);
    assert_true(t.n <= 10);
    text_release(&t);
}

/* Whatever stands at whatever place of a text that is looked at eight bytes a
 * time: what is written reads back as it was, or as U+FFFD. */
static void
any_byte_at_any_place_reads_back(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, 1000);
    for (int b = 0; b < 256; b++)
        for (size_t at = 0; at < 20; at++) {
            char    in[20];
            json_t *v;

            memset(in, 'a', sizeof in);
            in[at] = (char)b;
            text_clear(&t);
            jsonout_quote(&t, (struct slice){in, sizeof in});
            v = json_loadb(t.p, t.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
            assert_non_null(v);
            if (jsonout_plain((struct slice){in, sizeof in}))
                assert_int_equal(t.n, sizeof in + 2);
            else
                assert_true(b < 0x20 || b >= 0x80 || b == '"' || b == '\\');
            if (b < 0x80) {
                assert_int_equal(json_string_length(v), sizeof in);
                assert_memory_equal(json_string_value(v), in, sizeof in);
            } else {
                assert_non_null(strstr(json_string_value(v), "\xef\xbf\xbd"));
            }
            json_decref(v);
        }
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_strict_json),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(random_trees_read_back),
        cmocka_unit_test(random_bytes_make_valid_texts),
        cmocka_unit_test(the_maximum_is_kept),
        cmocka_unit_test(any_byte_at_any_place_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
