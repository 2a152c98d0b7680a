#include "promql/printer.h"
#include "promql/pretty.h"
#include "promql/parser.h"
#include "tests/support/check.h"

#include "base/wholefile.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 1 << 20 };

static struct node *
parsed(struct arena *a, struct slice query)
{
    struct node *tree;
    struct err   err = {0};

    if (parser_parse(a, query, &tree, NULL, &err))
        fail_msg("%.*s: %s", SLICE_ARG(query), err.text);
    return tree;
}

/* Source of the forms: promql/parser/printer_test.go.  Empty: printed as read. */
static const struct {
    const char *query, *printed;
} cases[] = {
    {"sum by() (task:errors:rate10s{job=\"s\"})", "sum(task:errors:rate10s{job=\"s\"})"},
    {"sum by(code) (x)", "sum by (code) (x)"},
    {"sum without() (x)", "sum without () (x)"},
    {"sum by (\"foo.bar\", job) (x)", ""},
    {"topk(5, x)", ""},
    {"topk by (a) (5, x)", ""},
    {"count_values(\"value\", x)", ""},
    {"a - on() c", "a - on () c"},
    {"a - on(b) c", "a - on (b) c"},
    {"a - on(b) group_left(x, y) c", "a - on (b) group_left (x, y) c"},
    {"a - on(b) group_left c", "a - on (b) group_left () c"},
    {"a - ignoring(b) group_right (x) c", "a - ignoring (b) group_right (x) c"},
    {"a - ignoring() group_left c", "a - ignoring () group_left () c"},
    {"a - ignoring() c", "a - c"},
    {"up > bool 0", ""},
    {"a offset 1m", ""},
    {"a offset -7m", ""},
    {"a{c=\"d\"}[5m] offset 1m", ""},
    {"a[1h:5m] offset 1m", ""},
    {"a[1h:] @ end()", ""},
    {"{__name__=\"a\"}", ""},
    {"{\"a\"}", "{__name__=\"a\"}"},
    {"{\"a.b\", \"c.d\"=~\"e\"}", "{\"c.d\"=~\"e\",__name__=\"a.b\"}"},
    {"a{z!=\"1\",b!~\"2\"}", "a{b!~\"2\",z!=\"1\"}"},
    {"a{}", "a"},
    {"a offset 1h @ 10", "a @ 10.000 offset 1h"},
    {"a[1m] @ -1.5", "a[1m] @ -1.500"},
    {"a @ start()", ""},
    {"x > 90m", "x > 1h30m"},
    {"-5m0s", "-5m"},
    {"0s + 1y + 14d + 90d", "0s + 1y + 2w + 90d"},
    {"1e30 + 1.5e-7", "1000000000000000000000000000000 + 0.00000015"},
    {"+Inf * -inf * nan", "+Inf * -Inf * NaN"},
    {"inf ^ 2", "Inf ^ 2"},
    {"inf ^ 1e99",
     "Inf ^ "
     "1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "000000000000"},
    {"-inf ^ 2", "-Inf ^ 2"},
    {"--x", ""},
    {"-(1)", ""},
    {"'a\"\\x00\\u00e9'", "\"a\\\"\\x00\xc3\xa9\""},
    {"Sum(RATE)", "sum(RATE)"},
    {"time()", ""},
    {"label_join(x, \"a\", \"\", \"b\", \"c\")", ""},
};

static void
test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena a = {0};
        struct text  t;

        text_init(&t, MAX_TEXT);
        printer_put(&t, parsed(&a, slice_of(cases[i].query)));
        assert_string_equal(t.p, cases[i].printed[0] ? cases[i].printed : cases[i].query);
        text_release(&t);
        arena_release(&a);
    }
}

/* parse(print(t)) == t, for the line and for the indented form. */
static void
round_trip(struct slice query)
{
    struct arena       a = {0};
    const struct node *tree = parsed(&a, query);
    struct text        line, block, again;

    text_init(&line, MAX_TEXT);
    text_init(&block, MAX_TEXT);
    text_init(&again, MAX_TEXT);
    printer_put(&line, tree);
    pretty_put(&block, tree);
    if (!ast_equal(tree, parsed(&a, text_slice(&line))))
        fail_msg("%.*s became %s", SLICE_ARG(query), line.p);
    if (!ast_equal(tree, parsed(&a, text_slice(&block))))
        fail_msg("%.*s became %s", SLICE_ARG(query), block.p);
    printer_put(&again, parsed(&a, text_slice(&line)));
    assert_string_equal(line.p, again.p);
    text_release(&line);
    text_release(&block);
    text_release(&again);
    arena_release(&a);
}

static void
test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        round_trip(slice_of(cases[i].query));
}

/* The queries of dashboards, analysis templates and observers of the mesh. */
static void
test_mesh_queries(void **state)
{
    const char  *shared = getenv("VERDICTD_SHARED");
    char         file[512];
    struct text  all;
    struct slice rest;
    size_t       n = 0;
    struct err   err = {0};

    (void)state;
    snprintf(file, sizeof file, "%s/conformance/mesh/queries.txt",
             shared ? shared : SOURCE_DIR "/../shared");
    text_init(&all, MAX_TEXT);
    if (wholefile_read(file, &all, &err)) {
        print_message("skipped: %s\n", err.text);
        text_release(&all);
        return;
    }
    rest = text_slice(&all);
    while (rest.n) {
        struct slice line = slice_cut(&rest, '\n');

        if (line.n) {
            round_trip(line);
            n++;
        }
    }
    assert_true(n > 100);
    text_release(&all);
}

/* The place where each of the invalid ones goes wrong, and by what. */
static void
test_mesh_queries_invalid(void **state)
{
    static const char *const errors[] = {
        "1:94: parse error: unexpected character inside braces: '~'",
        ("1:143: parse error: unexpected identifier \"status\" in label matching, expected \",\" "
         "or "
         "\"}\""),
        "1:131: parse error: unexpected left bracket '['"};
    const char  *shared = getenv("VERDICTD_SHARED");
    char         file[512];
    struct text  all;
    struct slice rest;

    (void)state;
    snprintf(file, sizeof file, "%s/conformance/mesh/queries_invalid.txt",
             shared ? shared : SOURCE_DIR "/../shared");
    text_init(&all, MAX_TEXT);
    if (wholefile_read(file, &all, NULL)) {
        print_message("skipped: no %s\n", file);
        text_release(&all);
        return;
    }
    rest = text_slice(&all);
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        struct arena a = {0};
        struct node *tree;
        struct err   err = {0};

        assert_int_equal(parser_parse(&a, slice_cut(&rest, '\n'), &tree, NULL, &err),
                         STATUS_SYNTAX);
        assert_string_equal(err.text, errors[i]);
        arena_release(&a);
    }
    text_release(&all);
}

/* Layout: promql/parser/prettier_test.go. */
static void
test_layout(void **state)
{
    static const struct {
        const char *query, *block;
    } blocks[] = {
        {"sum(foo) by (bar)", "sum by (bar) (foo)"},
        {"sum by(job,mode) (rate(node_cpu_seconds_total{mode!=\"idle\",instance=~\"a-very-long-"
         "name-of-an-instance.*\"}[5m]))",
         "sum by (job, mode) (\n"
         "  "
         "rate(node_cpu_seconds_total{instance=~\"a-very-long-name-of-an-instance.*\",mode!="
         "\"idle\"}"
         "[5m])\n"
         ")"},
        {"first_long_metric_name{label=\"value\"} + on(a, b) group_left(c) "
         "-(second_long_metric_name{label=\"value\"} * 2)",
         "  first_long_metric_name{label=\"value\"}\n"
         "+ on (a, b) group_left (c)\n"
         "  -(second_long_metric_name{label=\"value\"} * 2)"},
        {"-(first_long_metric_name{label=\"value\"} * second_long_metric_name{label=\"value\", "
         "other=\"long enough to split\"})",
         "-(\n"
         "    first_long_metric_name{label=\"value\"}\n"
         "  *\n"
         "    second_long_metric_name{label=\"value\",other=\"long enough to split\"}\n"
         ")"},
        {"max_over_time(topk(3, first_long_metric_name{label=\"value\"} or "
         "second_long_metric_name{label=\"another value that is long\"})[1h:5m])",
         "max_over_time(\n"
         "  topk(\n"
         "    3,\n"
         "    first_long_metric_name{label=\"value\"} or second_long_metric_name{label=\"another "
         "value that is long\"}\n"
         "  )[1h:5m]\n"
         ")"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        struct arena a = {0};
        struct text  t;

        text_init(&t, MAX_TEXT);
        pretty_put(&t, parsed(&a, slice_of(blocks[i].query)));
        assert_string_equal(t.p, blocks[i].block);
        text_release(&t);
        arena_release(&a);
    }
}

/* Text that has no room is refused, not cut. */
static void
test_no_room(void **state)
{
    struct arena a = {0};
    struct text  t;

    (void)state;
    for (size_t room = 0; room < 40; room++) {
        text_init(&t, room);
        printer_put(&t, parsed(&a, SLICE_LITERAL("sum by (a) (b{c=\"d\",e=\"f\"} @ 1 offset 1m)")));
        assert_int_equal(t.status, STATUS_TOO_LARGE);
        text_release(&t);
    }
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_mesh_queries), cmocka_unit_test(test_mesh_queries_invalid),
        cmocka_unit_test(test_layout),       cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
