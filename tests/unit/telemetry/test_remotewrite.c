#include "telemetry/remotewrite.h"

#include "tests/support/check.h"
#include "tests/support/writebody.h"

#include "promql/value.h"

#include <string.h>

#define NOW INT64_C(1795400000000)

static struct fixture {
    int64_t                   now_ms;
    struct clock              clock;
    struct tsdb              *t;
    struct metadata          *m;
    struct remotewrite       *w;
    struct text               series, request, packed;
    struct remotewrite_report r;
} f;

static int64_t
now(void *self)
{
    return *(int64_t *)self;
}

static void
start(struct tsdb_limits limits)
{
    f.now_ms = NOW;
    f.clock = (struct clock){.wall_ms = now, .mono_ms = now, .self = &f.now_ms};
    f.t = tsdb_new(&limits, &f.clock);
    f.m = metadata_new();
    f.w = remotewrite_new(f.t, f.m);
    text_init(&f.series, 64 << 20);
    text_init(&f.request, 64 << 20);
    text_init(&f.packed, 64 << 20);
}

static int
set_up(void **state)
{
    (void)state;
    start((struct tsdb_limits){0});
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    remotewrite_free(f.w);
    tsdb_free(f.t);
    metadata_free(f.m);
    text_release(&f.series);
    text_release(&f.request);
    text_release(&f.packed);
    return 0;
}

/* A series with one more label and one sample, into the request. */
static void
put(const char *name, const char *pod, int64_t t_ms, double value)
{
    if (name)
        writebody_label(&f.series, "__name__", name);
    writebody_label(&f.series, "pod", pod);
    writebody_sample(&f.series, t_ms, value);
    writebody_series(&f.request, &f.series);
}

static int
send_message(void)
{
    remotewrite_apply_message(f.w, text_slice(&f.request), &f.r);
    text_clear(&f.request);
    assert_int_equal(f.r.http_code == 204, f.r.err.text[0] == '\0');
    return f.r.http_code;
}

static int
send_bytes(struct slice bytes)
{
    remotewrite_apply(f.w, bytes, &f.r);
    assert_int_equal(f.r.http_code == 204, f.r.err.text[0] == '\0');
    return f.r.http_code;
}

/* What readers see of the series of this name: "t=value t=value|…", times
 * relative to NOW, series in no particular order. */
static const char *
stored(const char *name)
{
    static char           out[4096];
    struct source         source = tsdb_source(f.t);
    struct source_reader *reader;
    struct arena          a = {0};
    struct matcher        by_name = {0};
    struct source_query   q = {
          .n_matchers = 1, .matchers = &by_name, .min_ms = 0, .max_ms = NOW * 2, .max_series = 1000};

    struct source_selection found;
    struct source_scratch   scratch = {0};
    size_t                  n = 0;

    assert_int_equal(
        matcher_init(&by_name, MATCHER_EQUAL, SLICE_LITERAL("__name__"), slice_of(name), NULL),
        STATUS_OK);
    out[0] = '\0';
    assert_int_equal(source.open(source.self, &reader, NULL), STATUS_OK);
    assert_int_equal(reader->select(reader, &q, &a, &found, NULL), STATUS_OK);
    for (size_t i = 0; i < found.n; i++) {
        struct source_column c;

        assert_int_equal(
            reader->read(reader, &found.series[i], q.min_ms, q.max_ms, &scratch, &c, NULL),
            STATUS_OK);
        if (i)
            n += (size_t)snprintf(out + n, sizeof out - n, "|");
        for (size_t k = 0; k < c.n; k++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%lld=%g", k ? " " : "",
                                  (long long)(c.t_ms[k] - NOW), c.value[k]);
    }
    reader->close(reader);
    source_scratch_release(&scratch);
    matcher_release(&by_name);
    arena_release(&a);
    return out;
}

static void
samples_come_in(void **state)
{
    (void)state;
    put("up", "a", NOW - 2000, 1);
    put("up", "b", NOW - 1000, 0.5);
    assert_int_equal(send_message(), 204);
    assert_int_equal(f.r.series, 2);
    assert_int_equal(f.r.samples, 2);
    assert_string_equal(stored("up"), "-2000=1|-1000=0.5");
    /* Labels are recognised by their bytes the second time. */
    put("up", "b", NOW, 2);
    put("up", "a", NOW, 3);
    assert_int_equal(send_message(), 204);
    assert_string_equal(stored("up"), "-2000=1 0=3|-1000=0.5 0=2");
    assert_int_equal(tsdb_stats(f.t).series, 2);
}

static void
every_bit_of_a_value_is_kept(void **state)
{
    static const uint64_t bits[] = {
        VALUE_ABSENT_BITS, /* StaleNaN: a series that ended */
        UINT64_C(0x7ff8000000000001),
        UINT64_C(0x8000000000000000), /* -0 */
        UINT64_C(0x7ff0000000000000),
        1, /* +Inf; the least above 0 */
    };
    struct source           source = tsdb_source(f.t);
    struct source_reader   *reader;
    struct source_query     q = {.min_ms = 0, .max_ms = NOW, .max_series = 10};
    struct source_selection found;
    struct source_scratch   scratch = {0};
    struct source_column    c;
    struct arena            a = {0};
    struct matcher          all;

    (void)state;
    writebody_label(&f.series, "__name__", "x");
    for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
        double v;

        memcpy(&v, &bits[i], sizeof v);
        writebody_sample(&f.series, NOW - 100 + (int64_t)i, v);
    }
    writebody_series(&f.request, &f.series);
    assert_int_equal(send_message(), 204);
    assert_int_equal(
        matcher_init(&all, MATCHER_EQUAL, SLICE_LITERAL("__name__"), SLICE_LITERAL("x"), NULL),
        STATUS_OK);
    q.matchers = &all;
    q.n_matchers = 1;
    assert_int_equal(source.open(source.self, &reader, NULL), STATUS_OK);
    assert_int_equal(reader->select(reader, &q, &a, &found, NULL), STATUS_OK);
    assert_int_equal(found.n, 1);
    assert_int_equal(reader->read(reader, found.series, 0, NOW, &scratch, &c, NULL), STATUS_OK);
    assert_int_equal(c.n, ARRAY_LEN(bits));
    assert_memory_equal(c.value, bits, sizeof bits);
    reader->close(reader);
    source_scratch_release(&scratch);
    matcher_release(&all);
    arena_release(&a);
}

/* What Prometheus 2.42 answers to the same requests, --web.enable-remote-write-receiver,
 * and keeps of them; where 3.x differs, 3.x: it leaves out series without a name or
 * with doubled labels (2.42: 500), and takes 10 min of future (2.42: any). */
static void
clashes_are_answered_as_prometheus_does(void **state)
{
    static const struct {
        const char *what;
        int64_t     t_ms; /* relative to NOW */
        double      value;
        int         code;
        const char *text, *kept; /* what old has then */
    } cases[] = {
        {"the same again", -1000, 7, 204, "", "-1000=7"},
        {"later", 0, 8, 204, "", "-1000=7 0=8"},
        {"another value", -1000, 8, 400, "duplicate sample for timestamp: old{pod=\"a\"} at 20",
         "-1000=7"},
        {"before", -1001, 8, 400, "out of order sample: old{pod=\"a\"} at 20", "-1000=7"},
        {"as far ahead as may be", 600000, 8, 204, "", "-1000=7 600000=8"},
        {"too far ahead", 600001, 8, 400, "out of bounds: timestamp is too far in the future",
         "-1000=7"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        put("old", "a", NOW - 1000, 7);
        assert_int_equal(send_message(), 204);
        put("before", "a", NOW, 1);
        put("old", "a", NOW + cases[i].t_ms, cases[i].value);
        put("behind", "a", NOW, 1);
        if (send_message() != cases[i].code || !strstr(f.r.err.text, cases[i].text))
            fail_msg("%s: %d %s", cases[i].what, f.r.http_code, f.r.err.text);
        assert_string_equal(stored("old"), cases[i].kept);
        /* One that clashes, and none of the request is taken. */
        assert_string_equal(stored("before"), cases[i].code == 204 ? "0=1" : "");
        assert_string_equal(stored("behind"), cases[i].code == 204 ? "0=1" : "");
        assert_int_equal(f.r.refused, cases[i].code == 204 ? 0 : 3);
        tear_down(state);
        set_up(state);
    }
}

static void
too_old_is_out_of_bounds(void **state)
{
    (void)state;
    put("new", "a", NOW, 1);
    assert_int_equal(send_message(), 204);
    put("old", "a", NOW - 2 * 3600 * 1000 - 1, 1); /* two hours are kept */
    assert_int_equal(send_message(), 400);
    assert_non_null(strstr(f.r.err.text, "out of bounds: old{pod=\"a\"} at 20"));
    put("old", "a", NOW - 2 * 3600 * 1000, 1);
    assert_int_equal(send_message(), 204);
}

/* 2.42 keeps the first of those that clash inside one request, and says 204. */
static void
clashes_inside_a_request_cost_one_sample(void **state)
{
    (void)state;
    writebody_label(&f.series, "__name__", "c");
    writebody_sample(&f.series, NOW - 1000, 3);
    writebody_sample(&f.series, NOW - 2000, 4);
    writebody_sample(&f.series, NOW - 1000, 4);
    writebody_sample(&f.series, NOW, 5);
    writebody_series(&f.request, &f.series);
    assert_int_equal(send_message(), 204);
    assert_string_equal(stored("c"), "-1000=3 0=5");
    assert_int_equal(f.r.samples, 2);
    assert_int_equal(f.r.dropped, 2);
    put("e", "a", NOW - 1000, 3);
    put("e", "a", NOW - 2000, 3);
    assert_int_equal(send_message(), 204);
    assert_string_equal(stored("e"), "-1000=3");
}

static void
invalid_series_are_left_out(void **state)
{
    (void)state;
    put(NULL, "nameless", NOW, 1);
    writebody_sample(&f.series, NOW, 1); /* no label at all */
    writebody_series(&f.request, &f.series);
    writebody_label(&f.series, "pod", "twice");
    put("up", "a", NOW, 1);
    writebody_label(&f.series, "", "empty name");
    put("up", "b", NOW, 1);
    put("up", "\xff\xfe", NOW, 1); /* not UTF-8 */
    writebody_label(&f.series, "gone", "");
    put("up", "good", NOW, 2);
    assert_int_equal(send_message(), 204);
    assert_int_equal(f.r.invalid_series, 5);
    assert_string_equal(stored("up"), "0=2");
    /* Again: what is invalid is not learnt. */
    put(NULL, "nameless", NOW, 1);
    put("up", "good", NOW + 1, 2);
    assert_int_equal(send_message(), 204);
    assert_int_equal(f.r.invalid_series, 1);
}

static void
labels_may_stand_anywhere(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        writebody_label(&f.series, "pod", "a");
        writebody_sample(&f.series, NOW + 10 * i, 1);
        writebody_varint(&f.series, 77, 5);
        writebody_label(&f.series, "__name__", "up");
        writebody_sample(&f.series, NOW + 10 * i + 1, 2);
        writebody_series(&f.request, &f.series);
        assert_int_equal(send_message(), 204);
    }
    assert_string_equal(stored("up"), "0=1 1=2 10=1 11=2");
    put("up", "a", NOW + 20, 3); /* the same series in other bytes */
    assert_int_equal(send_message(), 204);
    assert_string_equal(stored("up"), "0=1 1=2 10=1 11=2 20=3");
}

static void
unknown_fields_are_skipped(void **state)
{
    (void)state;
    writebody_varint(&f.request, 15, UINT64_MAX);
    writebody_fixed64(&f.request, 2, 9);
    writebody_bytes(&f.request, 536870911, SLICE_LITERAL("the highest number"));
    writebody_bytes(&f.series, 3, SLICE_LITERAL("\x0a\x00"));   /* an exemplar */
    writebody_bytes(&f.series, 4, SLICE_LITERAL("histogram!")); /* not looked into */
    writebody_bytes(&f.series, 9, SLICE_LITERAL("\xff\xff"));
    put("up", "a", NOW, 1);
    assert_int_equal(send_message(), 204);
    assert_string_equal(stored("up"), "0=1");
    assert_int_equal(f.r.histograms, 1);
    /* What is left out of a sample is zero, of a label "". */
    writebody_bytes(&f.series, 1, SLICE_LITERAL("\x0a\x08__name__\x12\x01z"));
    writebody_bytes(&f.series, 1, SLICE_LITERAL(""));
    writebody_series(&f.request, &f.series);
    assert_int_equal(send_message(), 204);
    assert_int_equal(send_bytes(SLICE_LITERAL("\x00")), 204); /* an empty message */
}

static void
broken_messages_change_nothing(void **state)
{
    static const struct {
        const char  *what;
        struct slice bytes;
    } cases[] = {
        {"series as a number", SLICE_LITERAL("\x08\x01")},
        {"cut off", SLICE_LITERAL("\x0a\x50"
                                  "abc")},
        {"wire type 7", SLICE_LITERAL("\x0f\x50")},
        {"a group", SLICE_LITERAL("\x0b\x0c")},
        {"an unknown group", SLICE_LITERAL("\x2b\x2c")},
        {"field 0", SLICE_LITERAL("\x02\x00")},
        {"a tag of 10 bytes", SLICE_LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"an endless tag", SLICE_LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")},
        {"a negative length", SLICE_LITERAL("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"a sample's value as bytes", SLICE_LITERAL("\x0a\x05\x12\x03\x0a\x01x")},
        {"a time as fixed", SLICE_LITERAL("\x0a\x0b\x12\x09\x11"
                                          "12345678")},
        {"a label's name as a number", SLICE_LITERAL("\x0a\x08\x0a\x02\x08\x01\x12\x02\x10\x01")},
        {"metadata as a number", SLICE_LITERAL("\x18\x01")},
        {"metadata's type as bytes", SLICE_LITERAL("\x1a\x02\x0a\x00")},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        put("up", "a", NOW, 1);
        text_put(&f.request, cases[i].bytes);
        if (send_message() != 400 || !strstr(f.r.err.text, "no remote write 1.0 message"))
            fail_msg("%s: %d %s", cases[i].what, f.r.http_code, f.r.err.text);
        assert_string_equal(stored("up"), "");
    }
}

static void
snappy_bombs_are_not_unpacked(void **state)
{
    static const struct slice blocks[] = {
        SLICE_LITERAL(""),
        SLICE_LITERAL("\x05"
                      "abc"),
        SLICE_LITERAL("\xff\xff\xff\xff\x0f"
                      "abc"), /* 4 GiB - 1 */
        SLICE_LITERAL("\xff\xff\xff\xff\xff\x0f"
                      "abc"), /* more than 32 bits */
        SLICE_LITERAL("\x80\x80\x80\x10"
                      "abc"),                          /* 32 MiB out of 3 bytes */
        SLICE_LITERAL("\xff\xff\xff\x0f\xfe\x01\x00"), /* a copy of nothing */
        SLICE_LITERAL("\x80"),
        SLICE_LITERAL("\x04\x0c"
                      "abcd"
                      "extra"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        assert_int_equal(send_bytes(blocks[i]), 400);
        assert_int_equal(strncmp(f.r.err.text, "snappy: ", 8), 0);
        assert_in_range(remotewrite_bytes(f.w), 0, 4096);
    }
    put("up", "a", NOW, 1);
    writebody_snappy(&f.packed, text_slice(&f.request));
    assert_int_equal(send_bytes(text_slice(&f.packed)), 204);
    assert_string_equal(stored("up"), "0=1");
}

static void
ten_million_labels_are_left_out(void **state)
{
    (void)state;
    for (int i = 0; i < 10000000; i++)
        text_put(&f.series, (struct slice){"\x0a\x00", 2});
    writebody_sample(&f.series, NOW, 1);
    writebody_series(&f.request, &f.series);
    put("up", "a", NOW, 1);
    writebody_snappy(&f.packed, text_slice(&f.request));
    text_clear(&f.request);
    assert_int_equal(send_bytes(text_slice(&f.packed)), 400);
    assert_non_null(strstr(f.r.err.text, "10000000 labels"));
    assert_string_equal(stored("up"), "0=1"); /* the others are not worse off */
    assert_in_range(remotewrite_bytes(f.w), 0, 2 << 20);
}

static void
a_request_has_so_many_series_and_samples(void **state)
{
    (void)state;
    for (int i = 0; i < 250001; i++)
        text_put(&f.request, (struct slice){"\x0a\x00", 2});
    assert_int_equal(send_message(), 400);
    assert_non_null(strstr(f.r.err.text, "over 250000 series"));
    for (int i = 0; i < 1000001; i++)
        text_put(&f.series, (struct slice){"\x12\x00", 2});
    writebody_series(&f.request, &f.series);
    assert_int_equal(send_message(), 400);
    assert_non_null(strstr(f.r.err.text, "over 1000000 samples"));
    for (int i = 0; i < 20001; i++)
        text_put(&f.request, (struct slice){"\x1a\x00", 2});
    assert_int_equal(send_message(), 400);
    assert_non_null(strstr(f.r.err.text, "over 20000 families"));
    assert_in_range(remotewrite_bytes(f.w), 0, 2 << 20); /* it was given back */
    for (int i = 0; i < 32 << 20; i++)
        text_putc(&f.request, 'x');
    text_putc(&f.request, 'x');
    writebody_snappy(&f.packed, text_slice(&f.request));
    assert_int_equal(send_bytes(text_slice(&f.packed)), 400);
    assert_non_null(strstr(f.r.err.text, "claims 33554433 bytes; at most 33554432"));
}

static void
what_the_store_has_no_room_for_is_said(void **state)
{
    (void)state;
    tear_down(state);
    start((struct tsdb_limits){.max_series = 2});
    put("one", "a", NOW, 1);
    put("two", "a", NOW, 1);
    put("three", "a", NOW, 1);
    put("one", "a", NOW + 1, 2);
    assert_int_equal(send_message(), 400);
    assert_int_equal(f.r.over_limit, 1);
    assert_int_equal(f.r.samples, 3);
    assert_string_equal(stored("one"), "0=1 1=2");
    assert_string_equal(stored("three"), "");
}

static void
metadata_is_kept(void *ctx, const struct metadata_entry *e)
{
    *(int *)ctx += 1;
    assert_true(slice_is(e->family, "istio_requests_total"));
    assert_int_equal(e->type, EXPOSITION_COUNTER);
    assert_true(slice_is(e->help, "Total requests."));
}

static void
metadata_comes_along(void **state)
{
    int n = 0;

    (void)state;
    writebody_metadata(&f.request, 1, "istio_requests_total", "Total requests.", "");
    writebody_metadata(&f.request, 1, "", "no name", "");
    writebody_metadata(&f.request, 1, "bad\xff", "not UTF-8", "");
    assert_int_equal(send_message(), 204);
    metadata_each(f.m, (struct slice){0}, 0, metadata_is_kept, &n);
    assert_int_equal(n, 1);
}

/* A series that retention removed comes back under its labels' old bytes. */
static void
collected_series_are_found_anew(void **state)
{
    (void)state;
    put("up", "a", NOW, 1);
    assert_int_equal(send_message(), 204);
    f.now_ms = NOW + 3 * 3600 * 1000;
    put("other", "a", f.now_ms, 1);
    assert_int_equal(send_message(), 204);
    while (tsdb_collect(f.t, f.now_ms))
        ;
    tsdb_commit(f.t);
    assert_int_equal(tsdb_stats(f.t).series, 1);
    put("up", "a", f.now_ms, 2);
    assert_int_equal(send_message(), 204);
    assert_string_equal(stored("up"), "10800000=2");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(samples_come_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_bit_of_a_value_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(clashes_are_answered_as_prometheus_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_old_is_out_of_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(clashes_inside_a_request_cost_one_sample, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(invalid_series_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(labels_may_stand_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_fields_are_skipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_messages_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(snappy_bombs_are_not_unpacked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ten_million_labels_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_has_so_many_series_and_samples, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_store_has_no_room_for_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metadata_comes_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(collected_series_are_found_anew, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
