/* Expressions of a policy's thresholds: what is taken, and that a name changes
 * nothing but itself, whatever bytes it holds. */
#include "tests/support/check.h"

#include "daemon/limitquery.h"
#include "promql/parser.h"

static const struct limitquery_names plain = {
    .canary = "v2", .baseline = "v1", .ns = "prod", .service = "reviews"};

static void
test_check(void **state)
{
    /* The canonical form, or after '!' the error. */
    static const struct {
        const char *query, *want;
    } cases[] = {
        {"up", "up"},
        {"1", "1"},
        {" sum( up{a='b'} ) # all of them\n by (c)", "sum by (c) (up{a=\"b\"})"},
        {"up{a=\"{{canary}}\"}", "up{a=\"{{canary}}\"}"},
        {"up{a=~'x{{ canary }}y'}", "up{a=~\"x{{ canary }}y\"}"},
        {"up{a=\"{{canary}}-{{service}}.{{namespace}}\", b!=\"{{baseline}}\"}",
         "up{a=\"{{canary}}-{{service}}.{{namespace}}\",b!=\"{{baseline}}\"}"},
        {"up{a=\"{{\"}", "up{a=\"{{\"}"}, /* nothing closes it: a value like any other */
        {"up[5m]", "!is a range vector: a limit needs one value, of an instant vector or a scalar"},
        {"'a'", "!is a string: a limit needs one value, of an instant vector or a scalar"},
        {"up +", "!1:5: parse error: unexpected end of input"},
        {"up{a=\"{{canari}}\"}", "!{{canari}} is no placeholder; did you mean {{canary}}?"},
        {"up{a=\"{{x}}\"}", "!{{x}} is no placeholder: there are {{canary}}, {{baseline}}, "
                            "{{namespace}} and {{service}}"},
        {"up{a=\"{{}}\"}", "!{{}} is no placeholder: there are {{canary}}, {{baseline}}, "
                           "{{namespace}} and {{service}}"},
        {"{\"{{canary}}\"}", "{__name__=\"{{canary}}\"}"},
        {"label_replace(up, \"a\", \"{{canary}}\", \"b\", \".*\")",
         "!{{canary}} stands in a text: placeholders are for values of label matchers"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena a = {0};
        struct err   err = {0};
        const char  *got = "";
        bool         bad = *cases[i].want == '!';
        enum status  s = limitquery_check(slice_of(cases[i].query), &a, &got, &err);

        if ((s != STATUS_OK) != bad || strcmp(bad ? err.text : got, cases[i].want + bad) != 0)
            fail_msg("%s\ngot:  %s\nwant: %s", cases[i].query, s ? err.text : got, cases[i].want);
        arena_release(&a);
    }
}

/* Not in quotes: the hint says where it belongs. */
static void
test_unquoted(void **state)
{
    struct arena a = {0};
    struct err   err = {0};
    const char  *got;

    (void)state;
    assert_int_equal(limitquery_check(slice_of("up{a={{canary}}}"), &a, &got, &err), STATUS_SYNTAX);
    assert_non_null(strstr(err.text, "1:6: parse error"));
    assert_non_null(strstr(err.text, "stand in quotes: {version=\"{{canary}}\"}"));
    arena_release(&a);
}

static void
test_too_long(void **state)
{
    struct arena a = {0};
    struct err   err = {0};
    struct text  t;
    const char  *got;

    (void)state;
    text_init(&t, 4096);
    text_puts(&t, "up{a='");
    while (t.n + 2 < LIMITQUERY_MAX_BYTES) /* each is written with a backslash */
        text_putc(&t, '"');
    text_puts(&t, "'}");
    assert_int_equal(limitquery_check(text_slice(&t), &a, &got, &err), STATUS_LIMIT);
    assert_string_equal(err.text, "has over 2048 bytes when it is written out");
    text_release(&t);
    arena_release(&a);
}

static void
test_fill(void **state)
{
    static const struct limitquery_names hostile = {.canary = "\"} or vector(0) or up{a=\"",
                                                    .baseline = "v.*|\\d+",
                                                    .ns = "a\nb",
                                                    .service = "{{canary}}"};
    static const struct limitquery_names nobody = {
        .canary = "v2.1", .baseline = "", .ns = "prod", .service = "reviews"};
    static const struct {
        const struct limitquery_names *names;
        const char                    *query, *want;
    } cases[] = {
        {&plain, "up", "up"},
        {&plain, "up{a=\"{{canary}}\"} / on () up{a=\"{{baseline}}\"}",
         "up{a=\"v2\"} / on () up{a=\"v1\"}"},
        {&plain, "sum(rate(x{a=~\"{{service}}-{{ canary }}.*\",n=\"{{namespace}}\"}[1m]))",
         "sum(rate(x{a=~\"(?:reviews)-(?:v2).*\",n=\"prod\"}[1m]))"},
        {&hostile, "up{a=\"{{canary}}\"}", "up{a=\"\\\"} or vector(0) or up{a=\\\"\"}"},
        {&hostile, "up{a=~\"{{baseline}}+\"}", "up{a=~\"(?:v\\\\.\\\\*\\\\|\\\\\\\\d\\\\+)+\"}"},
        {&hostile, "up{a!~\"{{namespace}}\"}", "up{a!~\"(?:a\\nb)\"}"},
        {&hostile, "up{a=\"{{service}}\"}", "up{a=\"{{canary}}\"}"}, /* not filled in twice */
        /* Whatever is not the canary and names a version at all. */
        {&nobody, "up{a=\"{{baseline}}\"}", "up{a!~\"|unknown|latest|v2\\\\.1\"}"},
        {&nobody, "up{a!=\"{{ baseline }}\"}", "up{a=~\"|unknown|latest|v2\\\\.1\"}"},
        {&nobody, "up{a=~\"{{baseline}}\"}",
         "!{{baseline}} is not known, as the run names no stable version: only "
         "a=\"{{baseline}}\" and != can be asked then"},
        {&nobody, "up{a=\"x{{baseline}}\"}",
         "!{{baseline}} is not known, as the run names no stable version: only "
         "a=\"{{baseline}}\" and != can be asked then"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err  err = {0};
        struct text got;
        bool        bad = *cases[i].want == '!';
        enum status s;

        text_init(&got, LIMITQUERY_FILLED_BYTES);
        s = limitquery_fill(slice_of(cases[i].query), cases[i].names, &got, &err);
        if ((s != STATUS_OK) != bad || strcmp(bad ? err.text : got.p, cases[i].want + bad) != 0)
            fail_msg("%s\ngot:  %s\nwant: %s", cases[i].query, s ? err.text : got.p, cases[i].want);
        text_release(&got);
    }
}

/* The tree's shape is that of the written expression for any bytes in a name. */
static void
test_any_bytes_leave_the_structure(void **state)
{
    static const char query[] = "max(up{a=\"{{canary}}\"}) + min(up{a=~\"{{canary}}|x\"})";
    struct arena      a = {0};

    (void)state;
    for (int byte = 1; byte < 128; byte++) {
        char                    name[] = {'v', (char)byte, (char)byte, '2', '\0'};
        struct limitquery_names names = plain;
        struct node            *tree = NULL, *lhs;
        struct err              err = {0};
        struct text             got;

        names.canary = name;
        text_init(&got, LIMITQUERY_FILLED_BYTES);
        if (limitquery_fill(slice_of(query), &names, &got, &err) ||
            parser_parse(&a, text_slice(&got), &tree, NULL, &err))
            fail_msg("byte %d: %s", byte, err.text);
        assert_int_equal(tree->kind, NODE_BINARY);
        lhs = tree->u.binary.lhs;
        assert_int_equal(lhs->kind, NODE_AGGREGATION);
        assert_int_equal(lhs->u.aggregation.inner->kind, NODE_SELECTOR);
        assert_true(slice_is(lhs->u.aggregation.inner->u.selector.matchers[0].value, name));
        text_release(&got);
    }
    arena_release(&a);
}

static void
count_note(void *ctx, const char *rule, const char *text, struct slice where)
{
    (void)text;
    assert_string_equal(rule, "irate");
    assert_true(slice_is(where, "irate(x[1m])"));
    ++*(int *)ctx;
}

static void
test_lint(void **state)
{
    int n = 0;

    (void)state;
    limitquery_lint(SLICE_LITERAL("sum(irate(x[1m]))"), 15000, count_note, &n);
    assert_int_equal(n, 1);
    limitquery_lint(SLICE_LITERAL("sum(rate(x[1m]))"), 15000, count_note, &n);
    assert_int_equal(n, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_unquoted),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_any_bytes_leave_the_structure),
        cmocka_unit_test(test_lint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
