/* Text 0.0.4.  What is taken and what is refused is what Prometheus does with it:
 * model/textparse/promlex.l and promparse.go, and the cases of promparse_test.go. */
#include "base/wholefile.h"
#include "tests/unit/telemetry/lines.h"

static void
samples(void **state)
{
    static const struct lines_case cases[] = {
        LINES_CASE("", "END\n"),
        LINES_CASE("\n\n  \n\t", "END\n"),
        LINES_CASE("a 1", "__name__=a 1\nEND\n"),
        LINES_CASE("a\t1\t\n", "__name__=a 1\nEND\n"),
        LINES_CASE("a+1\n", "__name__=a 1\nEND\n"),
        LINES_CASE("  a 1 2 \n", "__name__=a 1@2\nEND\n"),
        LINES_CASE("a{} 1\n", "__name__=a 1\nEND\n"),
        LINES_CASE("a{b=\"c\"}1\n", "__name__=a,b=c 1\nEND\n"),
        LINES_CASE("a{b=\"c\",} 33  \t123123\n", "__name__=a,b=c 33@123123\nEND\n"),
        LINES_CASE("a { b = \"c\" , d = \"e\" } 1\n", "__name__=a,b=c,d=e 1\nEND\n"),
        LINES_CASE("a { b = \"2.0\" d = \"e\" } 8e-5\n", "__name__=a,b=2.0,d=e 8e-05\nEND\n"),
        LINES_CASE("some:rate5m{a_b=\"\"} 1\n", "__name__=some:rate5m,a_b= 1\nEND\n"),
        LINES_CASE(":x{_9=\"}\"} 1\n", "__name__=:x,_9=} 1\nEND\n"),
        LINES_CASE("a{b=\"x\ny\"} 1\na 2", "__name__=a,b=x\ny 1\n__name__=a 2\nEND\n"),
        LINES_CASE("a{b=\"\\\"q\\\\\\n\\t\"} 1\n", "__name__=a,b=\"q\\\n\\t 1\nEND\n"),
        LINES_CASE("{\"a.b\"} 1\n", "__name__=a.b 1\nEND\n"),
        LINES_CASE("{ \"a.b\" , q=\"0.9\" , } 1\n", "__name__=a.b,q=0.9 1\nEND\n"),
        LINES_CASE("{q=\"0.9\",\"a.b\",\"c d\"=\"e\"} 1\n", "__name__=a.b,q=0.9,c d=e 1\nEND\n"),
        LINES_CASE("{\"H\xc3\xa4 \\\"x\\\" {y\\nz}\",\"\xe2\x82\xac\\n\"=\"6\"} 10.0\n",
                   "__name__=H\xc3\xa4 \"x\" {y\nz},\xe2\x82\xac\n=6 10\nEND\n"),
        LINES_CASE("a{b=\"\xf0\x9f\x98\x80 and more of it\"} 1\n",
                   "__name__=a,b=\xf0\x9f\x98\x80 and more of it 1\nEND\n"),
        LINES_CASE("# EOF\na 1\n", "__name__=a 1\nEND\n"), /* a comment here */
    };

    (void)state;
    lines_check(EXPOSITION_TEXT, cases, ARRAY_LEN(cases));
}

static void
values(void **state)
{
    static const struct lines_case cases[] = {
        LINES_CASE("a 0\n", "__name__=a 0\nEND\n"),
        LINES_CASE("a 999999999999999\n", "__name__=a 9.99999999999999e+14\nEND\n"),
        LINES_CASE("a 9007199254740993\n", "__name__=a 9.007199254740992e+15\nEND\n"),
        LINES_CASE("a 18446744073709551616\n", "__name__=a 1.8446744073709552e+19\nEND\n"),
        LINES_CASE("a 7.424100000000001e-05\n", "__name__=a 7.424100000000001e-05\nEND\n"),
        LINES_CASE("a 1.\na .5\na 1E3\n", "__name__=a 1\n__name__=a 0.5\n__name__=a 1000\nEND\n"),
        LINES_CASE("a NaN\na nan\n", "__name__=a NaN\n__name__=a NaN\nEND\n"),
        LINES_CASE("a +Inf\na -inf\na Infinity\n",
                   "__name__=a +Inf\n__name__=a -Inf\n__name__=a +Inf\nEND\n"),
        LINES_CASE("a -0\n", "__name__=a -0\nEND\n"),
        LINES_CASE("a 1e-999\n", "__name__=a 0\nEND\n"),
        LINES_CASE("a 1e999\n", "line 1, column 3: expected a value, got \"1e999\"\n"),
        LINES_CASE("a 1_2\n", "line 1, column 3: expected a value, got \"1_2\"\n"),
        LINES_CASE("a 0x1p-3\n", "line 1, column 3: expected a value, got \"0x1p-3\"\n"),
        LINES_CASE("a 0x10\n", "line 1, column 3: expected a value, got \"0x10\"\n"),
        LINES_CASE("a -NaN\n", "line 1, column 3: expected a value, got \"-NaN\"\n"),
        LINES_CASE("a true\n", "line 1, column 3: expected a value, got \"true\"\n"),
        LINES_CASE("a 1\r\n", "line 1, column 3: expected a value, got \"1?\"\n"),
        LINES_CASE("a 1 9223372036854775807\n", "__name__=a 1@9223372036854775807\nEND\n"),
        LINES_CASE("a 1 9223372036854775808\n",
                   "line 1, column 5: expected a time in whole ms or the end of the line, got "
                   "\"9223372036854775808\"\n"),
    };

    (void)state;
    lines_check(EXPOSITION_TEXT, cases, ARRAY_LEN(cases));
}

static void
comments(void **state)
{
    static const struct lines_case cases[] = {
        LINES_CASE("# HELP a Some help.\n# \tTYPE a summary\n",
                   "HELP a 'Some help.'\nTYPE a summary\nEND\n"),
        LINES_CASE("# HELP a\n# HELP b \n# HELP c   \n# HELP d  x ",
                   "HELP a ''\nHELP b ''\nHELP c ''\nHELP d ' x '\nEND\n"),
        LINES_CASE("# HELP a x\\n\\\\y\n", "HELP a 'x\\n\\\\y'\nEND\n"),
        LINES_CASE("# TYPE \"a.b\" gauge\n# HELP \"a.b\" x\n",
                   "TYPE a.b gauge\nHELP a.b 'x'\nEND\n"),
        LINES_CASE("#\n# \n#x\n# Hrandom\n# HELPx y\n#HELP a b\n# TYPE\n#\tx", "END\n"),
        LINES_CASE("# UNIT a_seconds seconds\n", "END\n"),
        LINES_CASE("# TYPE a counter\n# TYPE b gauge\n# TYPE c histogram\n# TYPE d untyped\n",
                   "TYPE a counter\nTYPE b gauge\nTYPE c histogram\nTYPE d unknown\nEND\n"),
        LINES_CASE("# TYPE a gaugehistogram\n",
                   "line 1, column 10: expected a metric type, got \"gaugehistogram\"\n"),
        LINES_CASE("# TYPE a counter \n",
                   "line 1, column 10: expected a metric type, got \"counter \"\n"),
        LINES_CASE("a 1\n# TYPE #\n", "__name__=a 1\nline 2, column 8: expected a metric name, got "
                                      "\"#\"\n"),
        LINES_CASE("# HELP 9 x\n", "line 1, column 8: expected a metric name, got \"9 x\"\n"),
        LINES_CASE("# HELP a \xff\n", "line 1, column 10: expected valid UTF-8, got \"\xff\"\n"),
    };

    (void)state;
    lines_check(EXPOSITION_TEXT, cases, ARRAY_LEN(cases));
}

static void
faults(void **state)
{
    static const struct lines_case cases[] = {
        LINES_CASE("a", "line 1, column 2: expected a value, got \"\"\n"),
        LINES_CASE("a\n", "line 1, column 2: expected a value, got \"\"\n"),
        LINES_CASE("9a 1\n", "line 1, column 1: expected a metric name, got \"9a 1\"\n"),
        LINES_CASE("a{b='c'} 1\n",
                   "line 1, column 5: expected a label value in quotes, got \"'c'} 1\"\n"),
        LINES_CASE("a{b=\n", "line 1, column 5: expected a label value in quotes, got \"\"\n"),
        LINES_CASE("a{b\n", "line 1, column 4: expected =, got \"\"\n"),
        LINES_CASE("a{\n", "line 1, column 3: expected a label name, got \"\"\n"),
        LINES_CASE("a{", "line 1, column 3: expected a label name, got \"\"\n"),
        LINES_CASE("a{:b=\"c\"} 1\n",
                   "line 1, column 3: expected a label name, got \":b=\"c\"} 1\"\n"),
        LINES_CASE("a{,b=\"c\"} 1\n",
                   "line 1, column 3: expected a label name, got \",b=\"c\"} 1\"\n"),
        LINES_CASE("a{b=\"c\",,d=\"e\"} 1\n",
                   "line 1, column 9: expected a label name, got \",d=\"e\"} 1\"\n"),
        LINES_CASE("a{=\"\"} 0\n", "line 1, column 3: expected a label name, got \"=\"\"} 0\"\n"),
        LINES_CASE("a{b=\"\xff\"} 1\n",
                   "line 1, column 6: expected valid UTF-8 in quotes, got \"\xff\"} 1\"\n"),
        LINES_CASE("a{b=\"12345678\xc3\"} 1\n",
                   "line 1, column 6: expected valid UTF-8 in quotes, got \"12345678\xc3\"} 1\"\n"),
        LINES_CASE("a{b=\"", "line 1, column 5: expected a closing quote, got \"\"\"\n"),
        LINES_CASE("a{b=\"\\", "line 1, column 5: expected a closing quote, got \"\"\\\"\n"),
        LINES_CASE("a{b=\"x\\\n\"} 1\n",
                   "line 1, column 5: expected a closing quote, got \"\"x\\\"\n"),
        LINES_CASE(
            "{a=\"ok\"} 1",
            "line 1, column 1: expected a metric name in the braces, got \"{a=\"ok\"} 1\"\n"),
        LINES_CASE("{\"a\",\"b\"} 1\n",
                   "line 1, column 7: expected one metric name only, got \"b\"} 1\"\n"),
        LINES_CASE("a{\"b\"} 1\n",
                   "line 1, column 4: expected one metric name only, got \"b\"} 1\"\n"),
        LINES_CASE("{\"a\", \"b = \"c\"}", "line 1, column 13: expected =, got \"c\"}\"\n"),
        LINES_CASE("a{b=\"c\"} 1{\n", "line 1, column 11: expected a time in whole ms or the end "
                                      "of the line, got \"{\"\n"),
        LINES_CASE("a 1 -5\n", "line 1, column 5: expected a time in whole ms or the end of the "
                               "line, got \"-5\"\n"),
        LINES_CASE("a 1 1.5\n", "line 1, column 6: expected the end of the line, got \".5\"\n"),
        LINES_CASE("a 1 2 3\n", "line 1, column 7: expected the end of the line, got \"3\"\n"),
        LINES_CASE("ok 1\nok 2\n\na b\n",
                   "__name__=ok 1\n__name__=ok 2\nline 4, column 3: expected a value, got \"b\"\n"),
    };

    (void)state;
    lines_check(EXPOSITION_TEXT, cases, ARRAY_LEN(cases));
}

/* promparse_test.go, TestPromNullByteHandling. */
static void
nul_bytes(void **state)
{
    static const struct slice taken[] = {
        SLICE_LITERAL("a{b=\"abc\0\"} 1"), SLICE_LITERAL("a{b=\"\0ss\"} 1\n"),
        SLICE_LITERAL("a{b=\"\0\"} 1\n"),  SLICE_LITERAL("# HELP a b\0c\n"),
        SLICE_LITERAL("# any \0 thing\n"),
    };
    static const struct slice refused[] = {
        SLICE_LITERAL("a{b=\0\"ssss\"} 1\n"),
        SLICE_LITERAL("a{b=\"\0"),
        SLICE_LITERAL("a{b\0=\"hiih\"}\t1"),
        SLICE_LITERAL("a\0{b=\"ddd\"} 1"),
        SLICE_LITERAL("a 0 1\0"),
        SLICE_LITERAL("a 0\0\n"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(taken) + ARRAY_LEN(refused); i++) {
        bool  ok = i < ARRAY_LEN(taken);
        char *got = lines_of(EXPOSITION_TEXT, ok ? taken[i] : refused[i - ARRAY_LEN(taken)]);

        if (ok != (strstr(got, "END\n") != NULL))
            fail_msg("case %zu: %s", i, got);
        free(got);
    }
}

/* Prometheus goes by the last # TYPE, of whatever family it is. */
static void
types_and_bounds(void **state)
{
    static const struct lines_case cases[] = {
        LINES_CASE("h_bucket{le=\"1\"} 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\n"
                   "h{quantile=\"1\"} 1\nx{le=\"2\"} 1\n# TYPE s summary\ns{quantile=\"1\"} 1\n"
                   "s{le=\"1\"} 1\n# TYPE g gauge\ng{le=\"1\"} 1\n",
                   "__name__=h_bucket,le=1 1\nTYPE h histogram\n__name__=h_bucket,le=1.0 1\n"
                   "__name__=h,quantile=1 1\n__name__=x,le=2.0 1\nTYPE s summary\n"
                   "__name__=s,quantile=1.0 1\n__name__=s,le=1 1\nTYPE g gauge\n"
                   "__name__=g,le=1 1\nEND\n"),
    };

    (void)state;
    lines_check(EXPOSITION_TEXT, cases, ARRAY_LEN(cases));
}

static struct slice
bound(const char *le, char *store, size_t room)
{
    struct tsdb_label labels[4];
    char              series[64];
    size_t            n;
    int               len = snprintf(series, sizeof series, "h_bucket{le=\"%s\"}", le);
    struct slice      v;

    assert_int_equal(serieslabels_read((struct slice){series, (size_t)len}, EXPOSITION_HISTOGRAM,
                                       labels, ARRAY_LEN(labels), &n, store, room - 16, NULL),
                     STATUS_OK);
    v = labels[1].value;
    memmove(store, v.p, v.n);
    return (struct slice){store, v.n};
}

/* What Go's FormatFloat(v, 'g', -1, 64) gives, with .0 where it has neither point
 * nor exponent (model/labels, FormatOpenMetricsFloat). */
static void
bounds_as_prometheus_3_writes_them(void **state)
{
    static const struct {
        const char *le, *want;
    } cases[] = {
        {"0", "0.0"},
        {"1", "1.0"},
        {"-1", "-1.0"},
        {"10", "10.0"},
        {"0.5", "0.5"},
        {"1.0", "1.0"},
        {"1.00", "1.0"},
        {"01", "1.0"},
        {"2.50", "2.5"},
        {"0.0001", "0.0001"},
        {"0.00001", "1e-05"},
        {"0.00010", "0.0001"},
        {"300000", "300000.0"},
        {"1800000", "1.8e+06"},
        {"1.8e+06", "1.8e+06"},
        {"3.6e6", "3.6e+06"},
        {"+Inf", "+Inf"},
        {"Inf", "+Inf"},
        {"inf", "+Inf"},
        {"-Inf", "-Inf"},
        {"NaN", "NaN"},
        {"x", "x"},
        {"", ""},
        {"1e999", "1e999"},
        {"0.1", "0.1"},
        {"1e-1", "0.1"},
        {"123456.789", "123456.789"},
        {"1234567.5", "1.2345675e+06"},
        {"0.000", "0.0"},
        {"0.123456789012345678", "0.12345678901234568"},
    };
    char store[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice got = bound(cases[i].le, store, sizeof store);

        if (!slice_is(got, cases[i].want))
            fail_msg("%s: got %.*s", cases[i].le, SLICE_ARG(got));
    }
}

static void
room_for_labels_is_bounded(void **state)
{
    struct tsdb_label labels[3];
    char              store[4];
    size_t            n;

    (void)state;
    assert_int_equal(serieslabels_read(SLICE_LITERAL("a{b=\"1\",c=\"2\"}"), EXPOSITION_UNKNOWN,
                                       labels, 3, &n, store, 0, NULL),
                     STATUS_OK);
    assert_int_equal(n, 3);
    assert_int_equal(serieslabels_read(SLICE_LITERAL("a{b=\"1\",c=\"2\",d=\"3\"}"),
                                       EXPOSITION_UNKNOWN, labels, 3, &n, store, 0, NULL),
                     STATUS_LIMIT);
    assert_int_equal(serieslabels_read(SLICE_LITERAL("a{b=\"\\n1234\"}"), EXPOSITION_UNKNOWN,
                                       labels, 3, &n, store, 4, NULL),
                     STATUS_LIMIT);
    assert_int_equal(serieslabels_read(SLICE_LITERAL("a{b=\"1\"} 5"), EXPOSITION_UNKNOWN, labels, 3,
                                       &n, store, 4, NULL),
                     STATUS_SYNTAX);
}

/* A NaN of ours must never be one of Prometheus's markers. */
static void
a_nan_is_the_normal_one(void **state)
{
    struct exposition      e = {.body = SLICE_LITERAL("a NaN\n")};
    struct exposition_line l;
    uint64_t               bits;

    (void)state;
    assert_int_equal(exposition_next(&e, &l, NULL), STATUS_OK);
    memcpy(&bits, &l.value, sizeof bits);
    assert_true(bits == UINT64_C(0x7ff8000000000001));
}

static void
known_series(void **state)
{
    static const struct {
        const char *body;
        size_t      n;
        enum status s;
        double      v;
    } cases[] = {
        {"a{b=\"c\"} 5\n", 8, STATUS_OK, 5},
        {"a{b=\"c\"}5", 8, STATUS_OK, 5},
        {"a{b=\"c\"} x\n", 8, STATUS_SYNTAX, 0},
        {"a 5\n", 1, STATUS_OK, 5},
        {"a\t5 7\n", 1, STATUS_OK, 5},
        {"ab 5\n", 1, STATUS_NOT_FOUND, 0},
        {"a {b=\"c\"} 5\n", 1, STATUS_NOT_FOUND, 0},
        {"a{} 5\n", 1, STATUS_NOT_FOUND, 0},
        {"a", 1, STATUS_NOT_FOUND, 0},
        {"a ", 1, STATUS_NOT_FOUND, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exposition      e = {.body = slice_of(cases[i].body)};
        struct exposition_line l = {0};
        enum status            s = exposition_known(&e, cases[i].n, &l, NULL);

        if (s != cases[i].s || l.value != cases[i].v || (s == STATUS_OK) != (e.at == e.body.n))
            fail_msg("%s: %s, %g, at %zu", cases[i].body, status_text(s), l.value, e.at);
    }
}

static void
skipped_lines(void **state)
{
    static const struct {
        const char *body;
        bool        skipped;
    } cases[] = {
        {"a 5\nb 1\n", true},
        {"a{b=\"c\",d=\"eeeeeeeeeeeeeeeee\"} anything at all\n", true},
        {"a 5", false},               /* it may be cut off */
        {"a{b=\"x\ny\"} 1\n", false}, /* the line break is in quotes */
        {"a{b=\"x\\\"y\"} 1\n", false},
        {"a{b=\"12345678\\\"\n\"} 1\n", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exposition e = {.body = slice_of(cases[i].body)};

        if (exposition_skip(&e) != cases[i].skipped || (e.at != 0) != cases[i].skipped)
            fail_msg("%s: at %zu", cases[i].body, e.at);
        if (cases[i].skipped)
            assert_int_equal(e.body.p[e.at - 1], '\n');
    }
}

static void
formats(void **state)
{
    static const struct {
        const char            *type;
        enum exposition_format format;
    } cases[] = {
        {"application/openmetrics-text; version=1.0.0; charset=utf-8", EXPOSITION_OPENMETRICS},
        {"Application/OpenMetrics-Text", EXPOSITION_OPENMETRICS},
        {"text/plain; version=0.0.4", EXPOSITION_TEXT},
        {"application/json", EXPOSITION_TEXT},
        {"", EXPOSITION_TEXT},
        {"application/openmetrics-text2", EXPOSITION_TEXT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(exposition_format_of(slice_of(cases[i].type)), cases[i].format);
}

/* Whole expositions of Istio proxies; how many samples and types they have is what
 * grep counts in them. */
static void
expositions_of_proxies(void **state)
{
    static const struct {
        const char *file;
        size_t      samples, types;
    } cases[] = {
        {"mesh_sample_source.prom", 480, 13},
        {"mesh_sample_dst_v1.prom", 69, 6},
        {"mesh_sample_dst_v2.prom", 136, 6},
    };
    const char *shared = getenv("VERDICTD_SHARED");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exposition_line l = {.what = EXPOSITION_SAMPLE};
        struct exposition      e = {0};
        struct err             err = {0};
        size_t                 samples = 0, types = 0;
        char                   path[512];
        struct text            text;

        (void)snprintf(path, sizeof path, "%s/conformance/mesh/%s", shared ? shared : "",
                       cases[i].file);
        text_init(&text, 1 << 24);
        if (!shared || wholefile_read(path, &text, &err)) {
            print_message("skipped: %s is missing\n", path);
            text_release(&text);
            continue;
        }
        for (e.body = text_slice(&text); l.what != EXPOSITION_END;) {
            assert_int_equal(exposition_next(&e, &l, &err), STATUS_OK);
            samples += l.what == EXPOSITION_SAMPLE;
            types += l.what == EXPOSITION_TYPE;
        }
        assert_int_equal(samples, cases[i].samples);
        assert_int_equal(types, cases[i].types);
        text_release(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples),
        cmocka_unit_test(values),
        cmocka_unit_test(comments),
        cmocka_unit_test(faults),
        cmocka_unit_test(nul_bytes),
        cmocka_unit_test(types_and_bounds),
        cmocka_unit_test(bounds_as_prometheus_3_writes_them),
        cmocka_unit_test(room_for_labels_is_bounded),
        cmocka_unit_test(a_nan_is_the_normal_one),
        cmocka_unit_test(known_series),
        cmocka_unit_test(skipped_lines),
        cmocka_unit_test(formats),
        cmocka_unit_test(expositions_of_proxies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
