/* OpenMetrics 1.0, as Prometheus reads it: model/textparse/openmetricslex.l and
 * openmetricsparse.go, and the cases of openmetricsparse_test.go. */
#include "tests/unit/telemetry/lines.h"

static void
bodies(void **state)
{
    static const struct lines_case cases[] = {
        LINES_CASE("# EOF", "END\n"),
        LINES_CASE("# EOF\n", "END\n"),
        LINES_CASE("# HELP a_seconds Some.\n# TYPE a_seconds summary\n"
                   "# UNIT a_seconds seconds\na_seconds{quantile=\"0\"} 4.9351e-05\n# EOF\n",
                   "HELP a_seconds 'Some.'\nTYPE a_seconds summary\nUNIT a_seconds 'seconds'\n"
                   "__name__=a_seconds,quantile=0.0 4.9351e-05\nEND\n"),
        LINES_CASE("# HELP a \n# UNIT b \n# EOF\n", "HELP a ''\nUNIT b ''\nEND\n"),
        LINES_CASE("# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\n# TYPE b info\n"
                   "# TYPE c stateset\n# TYPE d unknown\n# TYPE \"e.f\" counter\n# EOF\n",
                   "TYPE a gaugehistogram\n__name__=a_bucket,le=+Inf 1\nTYPE b info\n"
                   "TYPE c stateset\nTYPE d unknown\nTYPE e.f counter\nEND\n"),
        LINES_CASE("a 33 123.123\na 17.0 1520879607.789\na 1 -0.5\na 1 1e3\n# EOF\n",
                   "__name__=a 33@123123\n__name__=a 17@1520879607789\n__name__=a 1@-500\n"
                   "__name__=a 1@1000000\nEND\n"),
        LINES_CASE("a_total 1 # {id=\"x\"} 4\na_total 1 # {id=\"x\",yy=\"z\"} 4 123.1\n"
                   "a_total 17.0 1520879607.789 # {} 5\n"
                   "a_total 1 # {\"id.thing\"=\"x\",} NaN 1\n# EOF\n",
                   "__name__=a_total 1\n__name__=a_total 1\n__name__=a_total 17@1520879607789\n"
                   "__name__=a_total 1\nEND\n"),
        LINES_CASE("{\"http.status\",q=\"0.9\",a=\"b\"} 8\n{q=\"0.9\",\"http.status\"} 8\n# EOF\n",
                   "__name__=http.status,q=0.9,a=b 8\n__name__=http.status,q=0.9 8\nEND\n"),
        LINES_CASE("a_created 1520872607.123\n# EOF\n", "__name__=a_created 1.520872607123e+09\n"
                                                        "END\n"),
    };

    (void)state;
    lines_check(EXPOSITION_OPENMETRICS, cases, ARRAY_LEN(cases));
}

#define NO_EOF "expected # EOF at the end, got \"\"\n"

static const struct lines_case fault_cases[] = {
    LINES_CASE("", "line 1, column 1: " NO_EOF),
    LINES_CASE("\n", "line 1, column 1: expected a metric name, got \"\"\n"),
    LINES_CASE("m", "line 1, column 2: expected a blank and a value, got \"\"\n"),
    LINES_CASE("m 1", "line 1, column 4: " NO_EOF),
    LINES_CASE("m 1\n", "__name__=m 1\nline 2, column 1: " NO_EOF),
    LINES_CASE("m_total 1 # {aa=\"bb\"} 4", "line 1, column 24: " NO_EOF),
    LINES_CASE(" a 1\n# EOF\n", "line 1, column 1: expected a metric name, got \" a 1\"\n"),
    LINES_CASE("9\n# EOF\n", "line 1, column 1: expected a metric name, got \"9\"\n"),
    LINES_CASE("# TYPE u untyped\n# EOF\n",
               "line 1, column 10: expected a metric type, got \"untyped\"\n"),
    LINES_CASE("# TYPE c counter \n# EOF\n",
               "line 1, column 10: expected a metric type, got \"counter \"\n"),
    LINES_CASE("# TYPE c  counter\n",
               "line 1, column 10: expected a metric type, got \" counter\"\n"),
    LINES_CASE("#  TYPE c counter\n# EOF\n", "line 1, column 1: expected # HELP, # TYPE, # "
                                             "UNIT or # EOF, got \"#  TYPE c counter\"\n"),
    LINES_CASE("#\tTYPE c counter\n", "line 1, column 1: expected # HELP, # TYPE, # UNIT or "
                                      "# EOF, got \"#?TYPE c counter\"\n"),
    LINES_CASE("# comment\n# EOF\n", "line 1, column 1: expected # HELP, # TYPE, # UNIT or # "
                                     "EOF, got \"# comment\"\n"),
    LINES_CASE("#", "line 1, column 1: expected # HELP, # TYPE, # UNIT or # EOF, got \"#\"\n"),
    LINES_CASE("# TYPE \n# EOF\n", "line 1, column 8: expected a metric name, got \"\"\n"),
    LINES_CASE("# TYPE m\n# EOF\n",
               "line 1, column 9: expected a blank, a text and the end of the line, got "
               "\"\"\n"),
    LINES_CASE("# HELP m x", "line 1, column 9: expected a blank, a text and the end of the "
                             "line, got \" x\"\n"),
    LINES_CASE("# UNIT metric suffix\n",
               "line 1, column 15: expected a unit that ends the name, got \"suffix\"\n"),
    LINES_CASE("# UNIT metricsuffix suffix\n",
               "line 1, column 21: expected a unit that ends the name, got \"suffix\"\n"),
    LINES_CASE("# UNIT _suffix suffix\n# EOF\n", "UNIT _suffix 'suffix'\nEND\n"),
    LINES_CASE("# UNIT suffix suffix\n",
               "line 1, column 15: expected a unit that ends the name, got \"suffix\"\n"),
    LINES_CASE("a\t1\n", "line 1, column 2: expected a blank and a value, got \"?1\"\n"),
    LINES_CASE("a 1\t2\n", "line 1, column 3: expected a value, got \"1?2\"\n"),
    LINES_CASE("a  1\n", "line 1, column 3: expected a value, got \" 1\"\n"),
    LINES_CASE("a 1 2 \n", "line 1, column 6: expected the end of the line, got \" \"\n"),
    LINES_CASE("a 1 2 #\n", "line 1, column 6: expected the end of the line, got \" #\"\n"),
    LINES_CASE("a 1 1z\n", "line 1, column 5: expected a time in seconds, got \"1z\"\n"),
    LINES_CASE("a 1 1 1\n", "line 1, column 6: expected the end of the line, got \" 1\"\n"),
    LINES_CASE("a 1 NaN\n", "line 1, column 5: expected a time in seconds, got \"NaN\"\n"),
    LINES_CASE("a 1 Inf\n", "line 1, column 5: expected a time in seconds, got \"Inf\"\n"),
    LINES_CASE("a 1 1e30\n", "line 1, column 5: expected a time in seconds, got \"1e30\"\n"),
    LINES_CASE("# EOF\na 1", "line 2, column 1: expected nothing behind # EOF, got \"a 1\"\n"),
    LINES_CASE("# EOF\n\n", "line 2, column 1: expected nothing behind # EOF, got \"\"\n"),
    LINES_CASE("# EOFa 1", "line 1, column 6: expected nothing behind # EOF, got \"a 1\"\n"),
    LINES_CASE("a {b=\"c\"} 1\n", "line 1, column 3: expected a value, got \"{b=\"c\"} 1\"\n"),
    LINES_CASE("a{ b=\"c\"} 1\n", "line 1, column 3: expected a label name, got \" b=\"c\"} 1\"\n"),
    LINES_CASE("a{b=\"c\"d=\"e\"} 1\n", "line 1, column 8: expected , or }, got \"d=\"e\"} 1\"\n"),
    LINES_CASE("a{b=\"c\",,d=\"e\"} 1\n",
               "line 1, column 9: expected a label name, got \",d=\"e\"} 1\"\n"),
    LINES_CASE("a{b=\"x\ny\"} 1\n", "line 1, column 5: expected a closing quote, got \"\"x\"\n"),
    LINES_CASE("a{b=\"\xff\"} 1\n",
               "line 1, column 6: expected valid UTF-8 in quotes, got \"\xff\"} 1\"\n"),
    LINES_CASE("{b=\"c\",} 1", "line 1, column 1: expected a metric name in the braces, got "
                               "\"{b=\"c\",} 1\"\n"),
    LINES_CASE("a_total 1 # {aa=bb}\n",
               "line 1, column 17: expected a label value in quotes, got \"bb}\"\n"),
    LINES_CASE("a_total 1 # {aa=\"bb\"}\n",
               "line 1, column 22: expected a blank and a value, got \"\"\n"),
    LINES_CASE("a_total 1 # {bb}", "line 1, column 16: expected =, got \"}\"\n"),
    LINES_CASE("a_total 1 # {\"bb\"} 1", "line 1, column 18: expected =, got \"} 1\"\n"),
    LINES_CASE("a_total 1 # {aa=\"bb\"} true\n",
               "line 1, column 23: expected a value, got \"true\"\n"),
    LINES_CASE("a_total 1 # {aa=\"bb\"} 4 NaN\n",
               "line 1, column 25: expected a time in seconds, got \"NaN\"\n"),
};

static void
faults(void **state)
{
    (void)state;
    lines_check(EXPOSITION_OPENMETRICS, fault_cases, ARRAY_LEN(fault_cases));
}

/* A backslash before what is no escape stays (openmetricsparse_test.go, help2). */
static void
help_without_escapes(void **state)
{
    struct slice text = SLICE_LITERAL("escape \\ \\n \\\\ \\\" \\x chars\\");
    char         store[64];

    (void)state;
    assert_true(slice_is(exposition_help(EXPOSITION_OPENMETRICS, text, store),
                         "escape \\ \n \\ \" \\x chars\\"));
    assert_true(slice_is(exposition_help(EXPOSITION_TEXT, text, store),
                         "escape \\ \n \\ \\\" \\x chars\\"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(faults),
        cmocka_unit_test(help_without_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
