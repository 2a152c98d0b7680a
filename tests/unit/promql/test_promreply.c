#include "tests/support/check.h"

#include "base/clock.h"
#include "base/text.h"
#include "promql/promreply.h"

#include <string.h>

#define SUCCESS(data) "{\"status\":\"success\",\"data\":" data "}"
#define VECTOR(items) SUCCESS("{\"resultType\":\"vector\",\"result\":[" items "]}")

static enum status
parse(struct arena *a, const char *body, struct promreply *out, struct err *err)
{
    return promreply_parse(a, slice_of(body), NULL, out, err);
}

static void
a_vector(void **state)
{
    struct arena     a = {0};
    struct promreply r;
    struct err       err = {0};

    (void)state;
    assert_int_equal(
        parse(&a,
              VECTOR("{\"metric\":{\"__name__\":\"up\",\"job\":\"a\\\"\\u00e9\\ud83d\\ude00\"},"
                     "\"value\":[1700003000.5,\"1.5\"]},"
                     "{\"metric\":{},\"value\":[1700003000,\"+Inf\"]}"),
              &r, &err),
        STATUS_OK);
    assert_int_equal(r.kind, PROMREPLY_VECTOR);
    assert_int_equal(r.n_series, 2);
    assert_int_equal(r.series[0].n_labels, 2);
    assert_true(slice_is(promreply_label(&r.series[0], "__name__"), "up"));
    assert_true(slice_is(promreply_label(&r.series[0], "job"), "a\"é😀"));
    assert_int_equal(promreply_label(&r.series[0], "absent").n, 0);
    assert_int_equal(r.series[0].n_points, 1);
    assert_int_equal(r.series[0].points[0].t_ms, 1700003000500);
    check_close(r.series[0].points[0].value, 1.5, 0);
    assert_int_equal(r.series[1].n_labels, 0);
    assert_true(isinf(r.series[1].points[0].value));
    arena_release(&a);
}

static void
the_other_kinds(void **state)
{
    struct arena     a = {0};
    struct promreply r;
    struct err       err = {0};

    (void)state;
    assert_int_equal(parse(&a,
                           SUCCESS("{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"a\":"
                                   "\"b\"},\"values\":[[1,\"1\"],[2.001,\"NaN\"]]}]}"),
                           &r, &err),
                     STATUS_OK);
    assert_int_equal(r.kind, PROMREPLY_MATRIX);
    assert_int_equal(r.series[0].n_points, 2);
    assert_int_equal(r.series[0].points[1].t_ms, 2001);
    assert_true(isnan(r.series[0].points[1].value));

    assert_int_equal(
        parse(&a, SUCCESS("{\"resultType\":\"scalar\",\"result\":[1.5,\"2\"]}"), &r, &err),
        STATUS_OK);
    assert_int_equal(r.kind, PROMREPLY_SCALAR);
    assert_int_equal(r.scalar.t_ms, 1500);
    check_close(r.scalar.value, 2, 0);

    assert_int_equal(
        parse(&a, SUCCESS("{\"resultType\":\"string\",\"result\":[1,\"x\\ny\"]}"), &r, &err),
        STATUS_OK);
    assert_true(slice_is(r.string, "x\ny"));
    arena_release(&a);
}

static void
keys_in_any_order_and_unknown_ones(void **state)
{
    struct arena     a = {0};
    struct promreply r;
    struct err       err = {0};

    (void)state;
    assert_int_equal(
        parse(&a,
              " {\"x\":[{\"y\":null,\"z\":-1.5e+3}],\"isPartial\":true,\"warnings\":[\"w\"],"
              "\"data\" : {\"stats\":{}, \"result\":[{\"value\":[1,\"2\"],\"metric\":{\"a\":"
              "\"\\u0062\"}}],\"more\":true,\"resultType\":\"vector\"},\"infos\":null,"
              "\"status\":\"success\"}\n",
              &r, &err),
        STATUS_OK);
    assert_int_equal(r.n_series, 1);
    assert_true(slice_is(promreply_label(&r.series[0], "a"), "b"));
    assert_int_equal(r.n_warnings, 2);
    assert_true(slice_is(r.warnings[0], "w"));
    assert_true(slice_starts(r.warnings[1], "isPartial"));
    assert_int_equal(r.n_infos, 0);
    arena_release(&a);
}

static void
prometheus_errors_in_its_own_words(void **state)
{
    static const struct {
        const char *type;
        enum status want;
    } cases[] = {
        {"bad_data", STATUS_BAD_QUERY}, {"execution", STATUS_BAD_QUERY},
        {"timeout", STATUS_TIMEOUT},    {"canceled", STATUS_REFUSED},
        {"internal", STATUS_REFUSED},   {"unavailable", STATUS_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena     a = {0};
        struct promreply r;
        struct err       err = {0};
        char             body[256], want[64];

        snprintf(body, sizeof body,
                 "{\"status\":\"error\",\"errorType\":\"%s\",\"error\":\"one \\\"two\\\"\","
                 "\"warnings\":[\"w\"],\"data\":null}",
                 cases[i].type);
        snprintf(want, sizeof want, "%s: one \"two\"", cases[i].type);
        assert_int_equal(parse(&a, body, &r, &err), cases[i].want);
        assert_string_equal(err.text, want);
        assert_int_equal(r.n_warnings, 1);
        arena_release(&a);
    }
}

static const char *const what_is_malformed_cases[] = {
    "",
    "null",
    "[]",
    "{}",
    "{",
    "{\"status\":\"success\"}",
    "{\"status\":\"success\",\"data\":null}",
    "{\"status\":\"fine\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
    SUCCESS("{\"resultType\":\"vector\"}"),
    SUCCESS("{\"result\":[]}"),
    SUCCESS("{\"resultType\":\"table\",\"result\":[]}"),
    SUCCESS("{\"resultType\":\"streams\",\"result\":[]}"),
    SUCCESS("{\"resultType\":\"vector\",\"result\":{}}"),
    VECTOR("") "x",
    VECTOR("") VECTOR(""),
    VECTOR("{}"),
    VECTOR("{\"metric\":{}}"),
    VECTOR("{\"metric\":{},\"value\":[1]}"),
    VECTOR("{\"metric\":{},\"value\":[1,\"1\",2]}"),
    VECTOR("{\"metric\":{},\"value\":[1,1]}"),
    VECTOR("{\"metric\":{},\"value\":[\"1\",\"1\"]}"),
    VECTOR("{\"metric\":{},\"value\":[1,\"\"]}"),
    VECTOR("{\"metric\":{},\"value\":[1,\"1 \"]}"),
    VECTOR("{\"metric\":{},\"value\":[1,\"0x10\"]}"),
    VECTOR("{\"metric\":{},\"value\":[1e99,\"1\"]}"),
    VECTOR("{\"metric\":{},\"value\":[01,\"1\"]}"),
    VECTOR("{\"metric\":{},\"value\":[+1,\"1\"]}"),
    VECTOR("{\"metric\":{},\"value\":[1.,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":1},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":\"b\",\"a\":\"c\"},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":\"\\u0000\"},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":\"\\ud800\"},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":\"\\ud800\\u0041\"},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":\"\\q\"},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":\"\xff\"},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{\"a\":\"\n\"},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{},\"values\":[[1,\"1\"]]}"),
    VECTOR("{\"metric\":{},\"value\":[1,\"1\"]},"),
    VECTOR("{\"metric\":{},\"value\":[1,\"1\"],}"),
    VECTOR("{\"metric\":{},\"value\":[1,\"1\"]} {\"metric\":{},\"value\":[1,\"1\"]}"),
    VECTOR("{\"metric\":{},\"value\":[1,\"1\"],\"histogram\":[1,{}]}"),
    SUCCESS("{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"histograms\":[]}]}"),
    SUCCESS("{\"resultType\":\"string\",\"result\":[1]}"),
    SUCCESS("{\"resultType\":\"string\",\"result\":[1,\"a\",\"b\"]}"),
    SUCCESS("{\"resultType\":\"scalar\",\"result\":\"1\"}"),
    SUCCESS("{\"result\":[{}],\"resultType\":\"vector\"}"),
    "{\"status\":\"success\",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
};

static void
what_is_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(what_is_malformed_cases); i++) {
        struct arena     a = {0};
        struct promreply r;
        struct err       err = {0};

        if (parse(&a, what_is_malformed_cases[i], &r, &err) != STATUS_MALFORMED)
            fail_msg("taken: %s", what_is_malformed_cases[i]);
        assert_int_equal(err.status, STATUS_MALFORMED);
        arena_release(&a);
    }
}

/* A native histogram is refused by name, so that nobody looks for a broken
 * connection. */
static void
native_histograms_are_named(void **state)
{
    struct arena     a = {0};
    struct promreply r;
    struct err       err = {0};

    (void)state;
    assert_int_equal(parse(&a,
                           VECTOR("{\"metric\":{},\"histogram\":[1,{\"count\":\"1\",\"sum\":\"1\","
                                  "\"buckets\":[]}]}"),
                           &r, &err),
                     STATUS_MALFORMED);
    assert_non_null(strstr(err.text, "native histogram"));
    arena_release(&a);
}

static void
truncation_at_every_byte(void **state)
{
    static const char body[] =
        "{\"status\":\"success\",\"warnings\":[\"\\u00e9\"],\"data\":{\"resultType\":\"vector\","
        "\"result\":[{\"metric\":{\"a\":\"b\\n\"},\"value\":[1.5,\"1e3\"]}]}}";

    (void)state;
    for (size_t n = 0; n < sizeof body - 1; n++) {
        struct arena     a = {0};
        struct promreply r;
        struct err       err = {0};

        assert_int_equal(promreply_parse(&a, (struct slice){body, n}, NULL, &r, &err),
                         STATUS_MALFORMED);
        arena_release(&a);
    }
}

static void
limits_are_kept(void **state)
{
    static const char three[] = VECTOR("{\"metric\":{\"a\":\"1\",\"b\":\"2\"},\"value\":[1,\"1\"]},"
                                       "{\"metric\":{},\"value\":[1,\"1\"]},"
                                       "{\"metric\":{},\"value\":[1,\"1\"]}");
    static const struct {
        struct promreply_limits limits;
        enum status             want;
        const char             *text;
    } cases[] = {
        {{3, 3, 2}, STATUS_OK, ""},
        {{2, 3, 2}, STATUS_LIMIT, "the reply holds more than 2 series"},
        {{3, 2, 2}, STATUS_LIMIT, "the reply holds more than 2 samples"},
        {{3, 3, 1}, STATUS_LIMIT, "the reply holds more than 1 labels in one series"},
        {{0, 0, 1000000}, STATUS_OK, ""}, /* held to PROMREPLY_MAX_LABELS */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena     a = {0};
        struct promreply r;
        struct err       err = {0};

        assert_int_equal(promreply_parse(&a, slice_of(three), &cases[i].limits, &r, &err),
                         cases[i].want);
        assert_string_equal(err.text, cases[i].text);
        arena_release(&a);
    }
}

static void
warnings_are_bounded(void **state)
{
    struct text      body;
    struct arena     a = {0};
    struct promreply r;
    struct err       err = {0};

    (void)state;
    text_init(&body, 1 << 20);
    text_puts(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]},"
                     "\"infos\":[\"i\"],\"warnings\":[\"0\"");
    for (int i = 1; i < 100; i++)
        text_printf(&body, ",\"%d\"", i);
    text_puts(&body, "]}");
    assert_int_equal(parse(&a, body.p, &r, &err), STATUS_OK);
    assert_int_equal(r.n_infos, 1);
    assert_int_equal(r.n_warnings, PROMREPLY_MAX_NOTES);
    assert_true(slice_is(r.warnings[30], "30"));
    assert_true(slice_is(r.warnings[31], "and 69 more"));
    text_release(&body);
    arena_release(&a);
}

/* A snapshot of a large service: 20,000 series of ten labels, about 10 MB. */
static void
twenty_thousand_series(void **state)
{
    enum { N = 20000 };
    struct text      body;
    struct arena     a = {0};
    struct promreply r;
    struct err       err = {0};
    int64_t          start;

    (void)state;
    text_init(&body, 64 << 20);
    text_puts(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[");
    for (int i = 0; i < N; i++)
        text_printf(&body,
                    "%s{\"metric\":{\"destination_canonical_revision\":\"v%d\","
                    "\"destination_version\":\"v%d\",\"destination_workload\":\"reviews-v%d\","
                    "\"instance\":\"10.0.%d.%d:15020\",\"pod\":\"productpage-v1-7f6c5d8b9-%05d\","
                    "\"reporter\":\"source\",\"response_code\":\"200\",\"response_flags\":\"-\","
                    "\"le\":\"%d\",\"verdictd_part\":\"user_buckets\"},"
                    "\"value\":[1700000000.120,\"%d\"]}",
                    i ? "," : "", i % 2, i % 2, i % 2, i / 256 % 256, i % 256, i, i % 20, i * 7);
    text_puts(&body, "]}}");
    assert_int_equal(body.status, STATUS_OK);

    start = clock_mono_ms(&clock_system);
    assert_int_equal(promreply_parse(&a, text_slice(&body), NULL, &r, &err), STATUS_OK);
    print_message("%zu bytes in %d ms, %zu bytes of arena\n", body.n,
                  (int)(clock_mono_ms(&clock_system) - start), a.total_bytes);
    assert_int_equal(r.n_series, N);
    assert_true(
        slice_is(promreply_label(&r.series[N - 1], "pod"), "productpage-v1-7f6c5d8b9-19999"));
    check_close(r.series[N - 1].points[0].value, 19999 * 7, 0);
    /* Linear in the body, with a small factor: no tree is built. */
    assert_true(a.total_bytes < 4 * body.n);
    arena_release(&a);
    text_release(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector),
        cmocka_unit_test(the_other_kinds),
        cmocka_unit_test(keys_in_any_order_and_unknown_ones),
        cmocka_unit_test(prometheus_errors_in_its_own_words),
        cmocka_unit_test(what_is_malformed),
        cmocka_unit_test(native_histograms_are_named),
        cmocka_unit_test(truncation_at_every_byte),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(warnings_are_bounded),
        cmocka_unit_test(twenty_thousand_series),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
