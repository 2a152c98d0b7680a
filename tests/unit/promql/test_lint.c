#include "promql/lint.h"
#include "promql/hint.h"
#include "promql/parser.h"
#include "promql/promql.h"
#include "tests/support/check.h"

#include <string.h>

enum { SCRAPE_MS = 15000, MAX_TEXT = 4096 };

/* What is said, in the order of the text, as "name@column"; empty: nothing. */
static const struct {
    const char *query, *said;
} cases[] = {
    {"up", ""},
    {"istio_requests_total", "reporter@1"},
    {"istio_requests_total{reporter=~\"source|waypoint\"}", ""},
    {"sum(rate(istio_requests_total[5m]))", "reporter@10"},
    {"sum by (reporter) (rate(istio_requests_total[5m]))", ""},
    {"sum without (reporter) (rate(istio_requests_total[5m]))", "reporter@30"},
    {"{__name__=\"istio_tcp_sent_bytes_total\"}", "reporter@1"},
    {"istio_build", ""},

    {"rate(sum(x_total)[5m:])", "rate-over-sum@1"},
    {"increase((sum by (a) (x_total) * 2)[5m:15s])", "rate-over-sum@1"},
    {"max_over_time(sum(x)[5m:])", ""},
    {"rate(x_total[5m:])", ""},
    {"delta(sum(x)[5m:])", ""},

    {"rate(x_total[29s])", "short-window@6"},
    {"rate(x_total[30s])", ""},
    {"deriv(x[15s])", "short-window@7"},
    {"max_over_time(x[15s])", ""},

    {"sum(rate(x{code=~\"5..\"}[5m])) / sum(rate(x[5m]))", "empty-numerator@1"},
    {"1 - (sum(rate(x{a=\"b\", code=~\"5..\"}[5m])) / sum(rate(x{a=\"b\"}[5m])))",
     "empty-numerator@6"},
    {"(sum(rate(x{code=~\"5..\"}[5m])) or 0 * sum(rate(x[5m]))) / sum(rate(x[5m]))", ""},
    {"sum(rate(x{code=~\"5..\"}[5m])) / sum(rate(y[5m]))", ""},
    {"sum(rate(x{a=\"c\", code=~\"5..\"}[5m])) / sum(rate(x{a=\"b\"}[5m]))", ""},
    {"sum(rate(x[5m])) / sum(rate(x{code=~\"5..\"}[5m]))", ""},
    {"sum(rate(x{code=~\"5..\"}[5m])) * sum(rate(x[5m]))", ""},
    {"x{a=\"b\"} / 2", ""},

    {"irate(x_total[5m])", "irate@1"},
    {"idelta(x[5m])", "irate@1"},

    {"histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))", ""},
    {"histogram_quantile(0.9, sum by (job) (rate(x_bucket[5m])))", "quantile-grouping@25"},
    {"histogram_quantile(0.9, sum(rate(x_bucket[5m])))", "quantile-grouping@25"},
    {"histogram_quantile(0.9, sum without (pod) (rate(x_bucket[5m])))", ""},
    {"histogram_quantile(0.9, sum without (le) (rate(x_bucket[5m])))", "quantile-grouping@25"},
    {"histogram_fraction(0, 1, (sum(rate(x_bucket[5m]))))", "quantile-grouping@27"},
    {"histogram_quantile(0.9, x_bucket)", "quantile-of-totals@25"},
    {"histogram_quantile(0.9, sum by (le) (x_bucket))", "quantile-of-totals@25"},
    {"histogram_quantile(0.9, x)", ""},
    {"avg(histogram_quantile(0.9, rate(x_bucket[5m])))", "average-of-quantiles@1"},
    {"max(histogram_quantile(0.9, rate(x_bucket[5m])))", ""},
    {"irate(istio_requests_total[20s])", "irate@1 reporter@7 short-window@7"},
};

static void
say(const char *query, struct text *to)
{
    struct arena       arena = {0};
    struct lint_report report = {0};
    struct node       *tree;
    struct err         err = {0};

    if (promql_check(slice_of(query), SCRAPE_MS, &arena, &tree, &report, &err))
        fail_msg("%s: %s", query, err.text);
    for (size_t i = 0; i < report.findings.n; i++)
        text_printf(to, "%s%s@%u", i ? " " : "", lint_name(report.findings.at[i].rule),
                    report.findings.at[i].place.start + 1);
    arena_release(&arena);
}

static void
test_findings(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text said;

        text_init(&said, MAX_TEXT);
        say(cases[i].query, &said);
        if (strcmp(said.p, cases[i].said) != 0)
            fail_msg("%s: \"%s\", want \"%s\"", cases[i].query, said.p, cases[i].said);
        text_release(&said);
    }
}

/* Each rule is in some case above. */
static void
test_all_rules(void **state)
{
    (void)state;
    for (enum lint_rule rule = 0; rule < LINT_COUNT; rule++) {
        bool seen = false;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
            seen |= strstr(cases[i].said, lint_name(rule)) != NULL;
        if (!seen)
            fail_msg("%s", lint_name(rule));
        assert_true(strlen(lint_text(rule)) > 20);
    }
}

/* Without the interval nothing is known of windows. */
static void
test_no_interval(void **state)
{
    struct arena       arena = {0};
    struct lint_report report = {0};
    struct node       *tree;

    (void)state;
    assert_int_equal(promql_check(SLICE_LITERAL("rate(x[1s])"), 0, &arena, &tree, &report, NULL),
                     0);
    assert_int_equal(report.findings.n, 0);
    arena_release(&arena);
}

/* The mistake of published queries, and a piece of the hint. */
static const struct {
    const char *query, *hint;
} mistakes[] = {
    {"x{code~\"5..\"}", "matched by =~"},
    {"x{a=\"b\" c=\"d\"}", "a comma is missing"},
    {"x{a=\xe2\x80\x9c"
     "b\xe2\x80\x9d}",
     "typographic quotes"},
    {"x{a==\"b\"}", "by one ="},
    {"x{a=b}", "in quotes"},
    {"rate(x[$__rate_interval])", "a dashboard replaces"},
    {"x{a={{ b }}}", "a template replaces"},
    {"a && b", "the operator is: and"},
    {"a || b", "the operator is: or"},
    {"a = b", "compared by =="},
    {"x[5m[]", "a ] is missing"},
    {"sum(x) by le", "in parentheses"},
    {"x{a=~\"b\\.c\"}", "written twice"},
    {"x{a=~\"(?!b)\"}", "no look-around"},
    {"x[5min]", "whole number with a unit"},
    {"x[1m1h]", "from large to small"},
    {"x[0s]", "at least one millisecond"},
    {"rate(sum(x)[5m])", "take the rate before the sum"},
    {"x offset 1h [5m]", "behind the window"},
    {"rate(x[5m]) offset 1h", "belongs to a selector"},
    {"rate(x)", "takes a window"},
    {"sum(x[5m])", "makes one value of the window"},
    {"1 > 2", "write 1 > bool 2"},
    {"{a=~\".*\"}", "would select every series"},
    {"irates(x[5m])", "did you mean irate?"},
    {"summ(x)", "did you mean sum?"},
    {"holt_winters(x[5m], 0.1, 0.1)", "double_exponential_smoothing"},
    {"x[step()]", "behind a feature flag"},
};

static void
test_hints(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        struct arena       arena = {0};
        struct lint_report report = {0};
        struct node       *tree;
        struct err         err = {0};

        assert_int_equal(promql_check(slice_of(mistakes[i].query), 0, &arena, &tree, &report, &err),
                         STATUS_SYNTAX);
        if (!strstr(err.text, mistakes[i].hint))
            fail_msg("%s: %s", mistakes[i].query, err.text);
        arena_release(&arena);
    }
}

static void
test_no_hint(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, MAX_TEXT);
    assert_false(hint_put(&t, SLICE_LITERAL("zzzzzz()"), (struct place){0, 6},
                          "unknown function with name \"zzzzzz\""));
    assert_false(hint_put(&t, SLICE_LITERAL("*"), (struct place){0, 1}, "unexpected <op:*>"));
    assert_int_equal(t.n, 0);
    text_release(&t);
}

static void
test_caret(void **state)
{
    static const struct {
        const char *query;
        uint32_t    at;
        const char *shown;
    } carets[] = {
        {"a b", 2, "a b\n  ^\n"},
        {"a\n\xc3\xa9 +\n", 5, "\xc3\xa9 +\n  ^\n"},
        {"a", 1, "a\n ^\n"},
        {"", 0, "\n^\n"},
        {"\ta\x1b[2J b", 2, " a?[2J b\n  ^\n"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789!"
         "0123456789012345678901234567890123456789012345678901234567890123456789",
         70,
         "...012345678901234567890123456789012345678901234567890123456789!"
         "01234567890123456789012345678901234567890123456789012345678...\n"
         "                                                               ^\n"},
        {"*\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99"
         "\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99"
         "\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99\x99",
         0, "*????????????????????????????????????????????????????????...\n^\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(carets); i++) {
        struct text t;

        text_init(&t, MAX_TEXT);
        hint_caret(&t, slice_of(carets[i].query), (struct place){carets[i].at, carets[i].at});
        assert_string_equal(t.p, carets[i].shown);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings),    cmocka_unit_test(test_all_rules),
        cmocka_unit_test(test_no_interval), cmocka_unit_test(test_hints),
        cmocka_unit_test(test_no_hint),     cmocka_unit_test(test_caret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
