/* Expected texts and places: promql/parser/parse_test.go of Prometheus 3.x. */
#include "promql/parser.h"
#include "tests/support/check.h"

#include "base/text.h"

#include <string.h>

static struct node *
parsed(struct arena *a, const char *query)
{
    struct node *tree;
    struct err   err = {0};

    if (parser_parse(a, slice_of(query), &tree, NULL, &err))
        fail_msg("%s: %s", query, err.text);
    return tree;
}

static const struct {
    const char *query, *error;
} refused[] = {
    /* The lexer. */
    {"", "1:1: parse error: no expression found in input"},
    {"# just a comment\n\n", "1:1: parse error: no expression found in input"},
    {".", "1:1: parse error: unexpected character: '.'"},
    {"2.5.", "1:1: parse error: bad number or duration syntax: \"2.5.\""},
    {"100..4", "1:1: parse error: bad number or duration syntax: \"100..\""},
    {"0deadbeef", "1:1: parse error: bad number or duration syntax: \"0de\""},
    {"(1))", "1:5: parse error: unexpected right parenthesis ')'"},
    {"((1)", "1:5: parse error: unclosed left parenthesis"},
    {"(", "1:2: parse error: unclosed left parenthesis"},
    {"1e1000", "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"1e1000\": "
               "value out of range"},
    {"1 !~ 1", "1:3: parse error: unexpected character after '!': '~'"},
    {"1 =~ 1", "1:3: parse error: unexpected character after '=': '~'"},
    {"{", "1:2: parse error: unexpected end of input inside braces"},
    {"}", "1:1: parse error: unexpected character: '}'"},
    {"some{", "1:6: parse error: unexpected end of input inside braces"},
    {"some}", "1:5: parse error: unexpected character: '}'"},
    {"some_metric{a:b=\"b\"}", "1:14: parse error: unexpected character inside braces: ':'"},
    {"foo{a*\"b\"}", "1:6: parse error: unexpected character inside braces: '*'"},
    {"foo{a>=\"b\"}", "1:6: parse error: unexpected character inside braces: '>'"},
    {"foo{1}", "1:5: parse error: unexpected character inside braces: '1'"},
    {"some_metric{a=\"\xff\"}", "1:15: parse error: invalid UTF-8 rune"},
    {"label_replace(a, `b`, `c\xff`, `d`, `.*`)", "1:23: parse error: invalid UTF-8 rune"},
    {"`\\``", "1:4: parse error: unterminated raw string"},
    {"\"\\", "1:1: parse error: escape sequence not terminated"},
    {"\"\\c\"", "1:1: parse error: unknown escape sequence U+0063 'c'"},
    {"\"\\x.\"", "1:1: parse error: illegal character U+002E '.' in escape sequence"},
    {"\"\\ud801\"", "1:1: parse error: escape sequence is an invalid Unicode code point"},
    {"sum by (\"foo)(some_metric{})", "1:9: parse error: unterminated quoted string"},
    {"foo[5m[", "1:7: parse error: unexpected left bracket '['"},
    {"foo]", "1:4: parse error: unexpected right bracket ']'"},
    {"foo[5mm]", "1:5: parse error: bad number or duration syntax: \"5mm\""},
    {"foo[5m1]", "1:5: parse error: bad number or duration syntax: \"5m1\""},
    {"foo[5m:1m1]", "1:8: parse error: bad number or duration syntax: \"1m1\""},
    {"foo[\"5m\"]", "1:5: parse error: unexpected character in duration expression: '\"'"},
    {"foo{bar=\"baz\"}[", "1:16: parse error: unexpected end of input in duration expression"},
    {"foo @ \xe2\x82\xac", "1:7: parse error: unexpected character: '\xe2\x82\xac'"},

    /* The grammar. */
    {"1+", "1:3: parse error: unexpected end of input"},
    {"1 /", "1:4: parse error: unexpected end of input"},
    {"*1", "1:1: parse error: unexpected <op:*>"},
    {"@@", "1:1: parse error: unexpected <op:@>"},
    {"-=", "1:2: parse error: unexpected \"=\""},
    {"++-++-+-+-<", "1:11: parse error: unexpected <op:<>"},
    {"e-+=/(0)", "1:4: parse error: unexpected \"=\""},
    {"a\n+\n  *", "3:3: parse error: unexpected <op:*>"},
    {"a>b()", "1:3: parse error: unknown function with name \"b\""},
    {"non_existent_function_far_bar()",
     "1:1: parse error: unknown function with name \"non_existent_function_far_bar\""},
    {"info(up)", "1:1: parse error: function \"info\" is not enabled"},
    {"start()", "1:1: parse error: function \"start\" is not enabled"},
    {"a - on(b) ignoring(c) d", "1:11: parse error: unexpected <ignoring>"},
    {"bool", "1:1: parse error: unexpected <bool>"},
    {"some_metric{a=b}",
     "1:15: parse error: unexpected identifier \"b\" in label matching, expected string"},
    {"foo{gibberish}", "1:14: parse error: unexpected \"}\" in label matching, expected label "
                       "matching operator"},
    {"foo{__name__= =}", "1:15: parse error: unexpected \"=\" in label matching, expected string"},
    {"foo{,}",
     "1:5: parse error: unexpected \",\" in label matching, expected identifier or \"}\""},
    {"foo{__name__ == \"bar\"}",
     "1:15: parse error: unexpected \"=\" in label matching, expected string"},
    {"foo{__name__=\"bar\" lol}", "1:20: parse error: unexpected identifier \"lol\" in label "
                                  "matching, expected \",\" or \"}\""},
    {"foo{\"a\"=}", "1:9: parse error: unexpected \"}\" in label matching, expected string"},
    {"foo[]", "1:5: parse error: unexpected \"]\" in subquery or range selector, expected number, "
              "duration, step(), or range()"},
    {"foo[step]", "1:9: parse error: unexpected \"]\" in subquery or range selector, expected "
                  "number, duration, step(), or range()"},
    {"foo[5m 5m]",
     "1:8: parse error: unexpected duration \"5m\" in subquery or range, expected \":\" or \"]\""},
    {"foo[5s x 5s]", "1:8: parse error: unexpected character: 'x', expected ':'"},
    {"foo[5s s 5s]", "1:8: parse error: unexpected character: 's', expected ':'"},
    {"sum(rate(", "1:10: parse error: unclosed left parenthesis"},
    {"1[5m] smoothed", "1:2: parse error: ranges only allowed for vector selectors"},
    {"foo + group_left(baz) bar", "1:7: parse error: unexpected <group_left>"},
    {"foo and bool 10", "1:5: parse error: bool modifier can only be used on comparison operators"},
    {"1 or on(bar) foo", "1:1: parse error: vector matching only allowed between instant vectors"},
    {"foo[5m:5m 5m]",
     "1:11: parse error: unexpected duration \"5m\" in subquery selector, expected \"]\""},
    {"foo[0m]", "1:5: parse error: duration must be greater than 0"},
    {"foo[-1]", "1:5: parse error: duration must be greater than 0"},
    {"foo[5m:0]", "1:8: parse error: duration must be greater than 0"},
    {"foo[5m1h]", "1:5: parse error: not a valid duration string: \"5m1h\""},
    {"foo[5m1m]", "1:5: parse error: not a valid duration string: \"5m1m\""},
    {"foo[5y1hs]", "1:5: parse error: unknown unit \"hs\" in duration \"5y1hs\""},
    {"foo[9.5e10]", "1:5: parse error: duration out of range"},
    {"foo offset 9.5e10", "1:12: parse error: duration out of range"},
    {"foo[5m+5m]", "1:5: parse error: experimental duration expression is not enabled"},
    {"foo offset (5m)", "1:13: parse error: experimental duration expression is not enabled"},
    {"foo offset -step()", "1:13: parse error: experimental duration expression is not enabled"},
    {"foo smoothed", "1:1: parse error: smoothed modifier is experimental and not enabled"},
    {"foo + fill(0) bar",
     "1:1: parse error: binop fill modifiers are experimental and not enabled"},
    {"some_metric[5m] OFFSET 1mm", "1:24: parse error: bad number or duration syntax: \"1mm\""},
    {"some_metric[5m] OFFSET", "1:23: parse error: unexpected end of input in offset, expected "
                               "number, duration, step(), or range()"},
    {"some_metric OFFSET 1m[5m]", "1:22: parse error: no offset modifiers allowed before range"},
    {"some_metric[5m] @", "1:18: parse error: unexpected end of input in @, expected timestamp"},
    {"foo @ start", "1:12: parse error: unexpected end of input in @, expected timestamp"},
    {"some_metric @ 1234 [5m]", "1:20: parse error: no @ modifiers allowed before range"},
    {"some_metric @ start() [5m]", "1:23: parse error: no @ modifiers allowed before range"},
    {"some_metric @ end()[5m]", "1:20: parse error: no @ modifiers allowed before range"},
    {"foo @ +Inf", "1:1: parse error: timestamp out of bounds for @ modifier: +Inf"},
    {"foo @ -Inf", "1:1: parse error: timestamp out of bounds for @ modifier: -Inf"},
    {"foo @ NaN", "1:1: parse error: timestamp out of bounds for @ modifier: NaN"},
    {"foo @ 9223372036854775808",
     "1:1: parse error: timestamp out of bounds for @ modifier: 9223372036854775808.000000"},
    {"foo @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"},
    {"foo offset 1s offset 2s", "1:1: parse error: offset may not be set multiple times"},
    {"1 offset 1d", "1:1: parse error: offset modifier must be preceded by an instant vector "
                    "selector or range vector selector or a subquery"},
    {"rate(some_metric[5m]) @ 1234",
     "1:1: parse error: @ modifier must be preceded by an instant vector selector or range vector "
     "selector or a subquery"},
    {"(foo + bar)[5m]", "1:12: parse error: ranges only allowed for vector selectors"},
    {"rate(food[1m])[1h] offset 1h", "1:15: parse error: ranges only allowed for vector selectors"},
    {"sum without(==)(some_metric)",
     "1:13: parse error: unexpected <op:==> in grouping opts, expected label"},
    {"sum without(,)(some_metric)",
     "1:13: parse error: unexpected \",\" in grouping opts, expected label"},
    {"sum without(foo,,)(some_metric)",
     "1:17: parse error: unexpected \",\" in grouping opts, expected label"},
    {"sum by (a b)(some_metric)", "1:11: parse error: unexpected identifier \"b\" in grouping "
                                  "opts, expected \",\" or \")\""},
    {"sum by (\"\")(some_metric)", "1:9: parse error: invalid label name for grouping: \"\""},
    {"sum some_metric by (test)", "1:5: parse error: unexpected identifier \"some_metric\""},
    {"sum (some_metric) by test",
     "1:22: parse error: unexpected identifier \"test\" in grouping opts, expected \"(\""},
    {"sum () by (test)", "1:1: parse error: no arguments for aggregate expression provided"},
    {"MIN keep_common (some_metric)", "1:5: parse error: unexpected identifier \"keep_common\""},
    {"MIN (some_metric) keep_common", "1:19: parse error: unexpected identifier \"keep_common\""},
    {"sum (some_metric) without (test) by (test)", "1:34: parse error: unexpected <by>"},
    {"sum without (test) (some_metric) by (test)", "1:34: parse error: unexpected <by>"},
    {"sum by (x)", "1:11: parse error: unexpected end of input in aggregation"},
    {"sum(foo bar)", "1:9: parse error: unexpected identifier \"bar\" in aggregation"},
    {"topk(some_metric)", "1:1: parse error: wrong number of arguments for aggregate expression "
                          "provided, expected 2, got 1"},
    {"topk(some_metric,)", "1:17: parse error: trailing commas not allowed in function call args"},
    {"limit_ratio(0.5, up)", "1:1: parse error: limit_ratio() is experimental and not enabled"},

    /* Types. */
    {"1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"},
    {"1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"},
    {"1 + bool 1", "1:3: parse error: bool modifier can only be used on comparison operators"},
    {"-\"string\"", "1:1: parse error: unary expression only allowed on expressions of type "
                    "scalar or instant vector, got \"string\""},
    {"-test[5m]", "1:1: parse error: unary expression only allowed on expressions of type scalar "
                  "or instant vector, got \"range vector\""},
    {"foo == on(bar) 10", "1:1: parse error: vector matching only allowed between instant vectors"},
    {"foo and on(bar) group_left(baz) bar",
     "1:1: parse error: no grouping allowed for \"and\" operation"},
    {"http_requests{group=\"production\"} + on(instance) group_left(job,instance) "
     "cpu_count{type=\"smp\"}",
     "1:35: parse error: label \"instance\" must not occur in ON and GROUP clause at once"},
    {"foo[5m] + 1", "1:1: parse error: binary expression must contain only scalar and instant "
                    "vector types"},
    {"{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
    {"{x=\"\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
    {"{x=~\".*\"}",
     "1:1: parse error: vector selector must contain at least one non-empty matcher"},
    {"{x!~\".+\"}",
     "1:1: parse error: vector selector must contain at least one non-empty matcher"},
    {"{x!=\"a\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
    {"foo{__name__=\"bar\"}",
     "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\""},
    {"topk(some_metric, other_metric)",
     "1:6: parse error: expected type scalar in aggregation parameter, got instant vector"},
    {"count_values(5, other_metric)",
     "1:14: parse error: expected type string in aggregation parameter, got scalar"},
    {"sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got "
               "scalar"},
    {"floor()", "1:1: parse error: expected 1 argument(s) in call to \"floor\", got 0"},
    {"floor(some_metric, other_metric)",
     "1:1: parse error: expected 1 argument(s) in call to \"floor\", got 2"},
    {"floor(1)", "1:7: parse error: expected type instant vector in call to function \"floor\", "
                 "got scalar"},
    {"hour(some_metric, some_metric, some_metric)",
     "1:1: parse error: expected at most 1 argument(s) in call to \"hour\", got 3"},
    {"label_join(a, \"b\")",
     "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 2"},
    {"time(some_metric)", "1:1: parse error: expected 0 argument(s) in call to \"time\", got 1"},
    {"rate(some_metric)", "1:6: parse error: expected type range vector in call to function "
                          "\"rate\", got instant vector"},
    {"rate(avg)", "1:6: parse error: expected type range vector in call to function \"rate\", "
                  "got instant vector"},
    {"test[5d] OFFSET 10s [10m:5s]",
     "1:1: parse error: subquery is only allowed on instant vector, got matrix instead"},
    {"1[5m:]", "1:1: parse error: subquery is only allowed on instant vector, got scalar instead"},
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct arena a = {0};
        struct node *tree;
        struct err   err = {0};

        if (!parser_parse(&a, slice_of(refused[i].query), &tree, NULL, &err))
            fail_msg("%s: is taken", refused[i].query);
        if (strcmp(err.text, refused[i].error) != 0)
            fail_msg("%s:\n  got  %s\n  want %s", refused[i].query, err.text, refused[i].error);
        assert_int_equal(err.status, STATUS_SYNTAX);
        arena_release(&a);
    }
}

static void
test_regular_expression(void **state)
{
    struct arena a = {0};
    struct node *tree;
    struct err   err = {0};
    struct place at;

    (void)state;
    assert_int_equal(
        parser_parse(&a, SLICE_LITERAL("foo{a=\"b\", code=~\"5(\"}"), &tree, &at, &err),
        STATUS_SYNTAX);
    assert_string_equal(err.text,
                        "1:12: parse error: error parsing regexp: missing closing ): `5(`");
    assert_int_equal(at.start, 11);
    arena_release(&a);
}

static const struct {
    const char *query;
    uint32_t    start, end;
} places[] = {
    {"+5.5e-3", 0, 7},
    {" +some_metric", 1, 13},
    {" +{\"some_metric\"}", 1, 17},
    {"foo * bar", 0, 9},
    {"offset{step=\"1s\"}[5m]", 0, 21},
    {"foo OFFSET 1m30ms", 0, 17},
    {"test{a=\"b\"}[5y] OFFSET 3d ", 0, 25},
    {"foo[4.18] @ 2.345", 0, 17},
    {"foo @ start()", 0, 13},
    {"{'foo\\'bar', 'a\\\\dos\\\\path'='boo\\\\urns'}", 0, 40},
    {"sum by (foo,bar,)(some_metric)", 0, 30},
    {"sum (some_metric) without (foo)  ", 0, 31},
    {"(foo + bar{nm=\"val\"})[5m:] offset 10m", 0, 37},
    {"round(some_metric, 5)", 0, 21},
};

static void
test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct arena a = {0};
        struct node *n = parsed(&a, places[i].query);

        if (n->place.start != places[i].start || n->place.end != places[i].end)
            fail_msg("%s: [%u, %u)", places[i].query, n->place.start, n->place.end);
        arena_release(&a);
    }
}

/* Inner places, which annotations point at. */
static void
test_places_inside(void **state)
{
    struct arena       a = {0};
    const struct node *call, *matrix, *sum;

    (void)state;
    call = parsed(&a, "histogram_quantile(0.9, sum(rate(foo[5m] offset 1m)) by (le))");
    sum = call->u.call.args[1];
    assert_int_equal(sum->place.start, 24);
    assert_int_equal(sum->place.end, 60);
    matrix = sum->u.aggregation.inner->u.call.args[0];
    assert_int_equal(matrix->place.start, 33);
    assert_int_equal(matrix->place.end, 50);
    assert_int_equal(matrix->u.matrix.selector->place.end, 36);
    arena_release(&a);
}

/* An expression and the same with every binding written out. */
static const struct {
    const char *query, *bound;
} bindings[] = {
    {"1 + 2 / (3 * 1)", "1 + (2 / (3 * 1))"},
    {"-1^2", "-(1^2)"},
    {"-1^-2", "-(1^(-2))"},
    {"2^3^2", "2^(3^2)"},
    {"2^-1*3", "(2^(-1))*3"},
    {"1 - 2 - 3", "(1 - 2) - 3"},
    {"a % b * c atan2 d", "((a % b) * c) atan2 d"},
    {"foo + bar or bla and blub", "(foo + bar) or (bla and blub)"},
    {"foo and bar unless baz or qux", "((foo and bar) unless baz) or qux"},
    {"a == b + c > d", "(a == (b + c)) > d"},
    {"1 < bool 2 - 1 * 2", "1 < bool (2 - (1 * 2))"},
    {"bar + on(foo) bla / on(baz, buz) group_right(test) blub",
     "bar + on(foo) (bla / on(baz, buz) group_right(test) blub)"},
    {"foo offset 5s-8", "(foo offset 5s) - 8"},
    {"foo offset -1^1", "(foo offset -1)^1"},
    {"-foo offset 5m", "-(foo offset 5m)"},
    {"foo offset 1m + 1m", "(foo offset 1m) + 1m"},
};

/* Without the parentheses around it and below it. */
static bool
same_shape(const struct node *a, const struct node *b)
{
    a = ast_bare(a);
    b = ast_bare(b);
    if (a->kind == NODE_UNARY && b->kind == NODE_NUMBER) /* -(2) and -2 */
        return ast_bare(a->u.unary.inner)->u.number.value == -b->u.number.value;
    if (b->kind == NODE_UNARY && a->kind == NODE_NUMBER)
        return same_shape(b, a);
    if (a->kind != b->kind || ast_children(a) != ast_children(b))
        return false;
    if (a->kind == NODE_BINARY && a->u.binary.op != b->u.binary.op)
        return false;
    if (!ast_children(a))
        return ast_equal(a, b);
    for (size_t i = 0; i < ast_children(a); i++)
        if (!same_shape(ast_child(a, i), ast_child(b, i)))
            return false;
    return true;
}

static void
test_bindings(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bindings); i++) {
        struct arena a = {0};

        if (!same_shape(parsed(&a, bindings[i].query), parsed(&a, bindings[i].bound)))
            fail_msg("%s is not %s", bindings[i].query, bindings[i].bound);
        arena_release(&a);
    }
}

/* Two ways to write one thing. */
static const struct {
    const char *one, *other;
} same[] = {
    {"SUM(foo) BY (le)", "sum by (le) (foo)"},
    {"sum by (le,) (foo{a=\"b\",})", "sum by(le)(foo{a=\"b\"})"},
    {"sum by () (foo)", "sum(foo)"},
    {"foo offset 5m @ 10", "foo @ 10 offset 5m"},
    {"foo[1m0s]", "foo[60]"},
    {"foo[1h0m0s:5m0s] offset 1h30m", "foo[3600:300] offset 5400"},
    {"foo offset 100", "foo offset 1m40s"},
    {"foo offset -7m", "foo offset -420"},
    {"foo @ 1m", "foo @ 60"},
    {"foo @ 3.3335", "foo @ 3.334"},
    {"0x1F + 0755 + 1_000 + 1e3", "31 + 493 + 1000 + 1000"},
    {"08 + .5 + 5. + 0_17", "8 + 0.5 + 5 + 15"},
    {"+Inf - nan", "inf - NaN"},
    {"{\"foo\", a=\"b\"}", "{__name__=\"foo\", \"a\"=\"b\"}"},
    {"foo{a='b'}", "foo{a=`b`}"},
    {"foo{# a comment }\na=\"b\"}", "foo{a=\"b\"}"},
    {"foo{a=\"\\x62\\u00e9\\U000000e9\\142\"}", "foo{a=\"b\xc3\xa9\xc3\xa9"
                                                "b\"}"},
    {"foo + ignoring() bar", "foo + bar"},
    {"1 + on() foo", "1 + foo"},
    {"foo - on(b) group_left bar", "foo - on(b) group_left() bar"},
};

static void
test_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        struct arena a = {0};

        if (!ast_equal(parsed(&a, same[i].one), parsed(&a, same[i].other)))
            fail_msg("%s is not %s", same[i].one, same[i].other);
        arena_release(&a);
    }
}

/* Words of the grammar that are names elsewhere. */
static void
test_keywords_as_names(void **state)
{
    static const char *const fine[] = {
        "foo * sum",
        "sum(sum)",
        "offset{step=\"1s\"}[5m]",
        "start{end=\"foo\"}",
        "by + without",
        "anchored{job=\"test\"}",
        "fill + fill",
        "or or or",
        "limit_ratio",
        "sum without(and, by, avg, count, alert, bool, on, ignoring, group_left)(x)",
        "foo unless on(start, end, atan2, step, range, smoothed, fill) bar",
        "foo{NaN='bc'}",
        "foo{by=\"x\", sum=\"y\", inf=\"z\"}",
        "sum by (\"foo bar\", 'a.b')({\"some.metric\"})"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
        struct arena a = {0};

        assert_non_null(parsed(&a, fine[i]));
        arena_release(&a);
    }
}

static void
test_string_bytes(void **state)
{
    static const struct {
        const char  *query;
        struct slice bytes;
    } strings[] = {
        {"\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\" - \\xFF\\377\\u1234\\U00010111\"",
         SLICE_LITERAL("\a\b\f\n\r\t\v\\\" - \xff\xff\xe1\x88\xb4\xf0\x90\x84\x91")},
        {"'it\\'s'", SLICE_LITERAL("it's")},
        {"`\\a\nb`", SLICE_LITERAL("\\a\nb")},
        {"\"a\\x00b\"", SLICE_LITERAL("a\0b")},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
        struct arena a = {0};
        struct node *n = parsed(&a, strings[i].query);

        assert_int_equal(n->kind, NODE_STRING);
        assert_true(slice_equal(n->u.string, strings[i].bytes));
        arena_release(&a);
    }
}

/* ((((1)))), -(-(-(1))), 1+1+1+1 and 1^1^1: each in its own way. */
static void
test_depth(void **state)
{
    static const struct {
        const char *before, *middle, *after;
    } deep[] = {{"(", "1", ")"}, {"-(", "1", ")"},   {"", "1", "+1"},   {"1^", "1", ""},
                {"-", "x", ""},  {"abs(", "x", ")"}, {"", "x", "[1m:]"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(deep); i++) {
        struct arena a = {0};
        struct text  t;
        struct node *tree;
        struct err   err = {0};

        text_init(&t, AST_MAX_BYTES);
        for (int k = 0; k < 2 * AST_MAX_DEPTH; k++)
            text_puts(&t, deep[i].before);
        text_puts(&t, deep[i].middle);
        for (int k = 0; k < 2 * AST_MAX_DEPTH; k++)
            text_puts(&t, deep[i].after);
        assert_int_equal(parser_parse(&a, text_slice(&t), &tree, NULL, &err), STATUS_LIMIT);
        assert_non_null(strstr(err.text, "nested deeper than"));
        text_release(&t);
        arena_release(&a);
    }
}

static void
test_length(void **state)
{
    struct arena a = {0};
    struct text  t;
    struct node *tree;
    struct err   err = {0};

    (void)state;
    text_init(&t, AST_MAX_BYTES + 2);
    text_putc(&t, '1');
    while (t.n < AST_MAX_BYTES)
        text_putc(&t, ' ');
    assert_int_equal(parser_parse(&a, text_slice(&t), &tree, NULL, &err), STATUS_OK);
    text_putc(&t, ' ');
    assert_int_equal(parser_parse(&a, text_slice(&t), &tree, NULL, &err), STATUS_LIMIT);
    text_release(&t);
    arena_release(&a);
}

/* A list may have a thousand members and no more. */
static void
test_lists(void **state)
{
    static const struct {
        const char *before, *member, *after, *told;
    } lists[] = {
        {"sum by (", "a,", "a) (x)", "more than 1000 labels"},
        {"sum without (", "a,", "a) (x)", "more than 1000 labels"},
        {"x + on (", "a,", "a) x", "more than 1000 labels"},
        {"x + ignoring (b) group_left (", "a,", "a) x", "more than 1000 labels"},
        {"x{", "a=\"1\",", "a=\"1\"}", "more than 1000 matchers"},
        {"sort_by_label(x,", "\"a\",", "\"a\")", "more than 1000 arguments"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (int n = AST_MAX_LIST - 1; n <= AST_MAX_LIST; n++) {
            int          others = strstr(lists[i].told, "arguments") ? 1 : 0;
            struct arena a = {0};
            struct text  t;
            struct node *tree;
            struct err   err = {0};

            text_init(&t, AST_MAX_BYTES);
            text_puts(&t, lists[i].before);
            for (int k = others; k < n; k++)
                text_puts(&t, lists[i].member);
            text_puts(&t, lists[i].after);
            assert_int_equal(parser_parse(&a, text_slice(&t), &tree, NULL, &err),
                             n < AST_MAX_LIST ? STATUS_OK : STATUS_LIMIT);
            if (n == AST_MAX_LIST)
                assert_non_null(strstr(err.text, lists[i].told));
            text_release(&t);
            arena_release(&a);
        }
}

static void
test_selector(void **state)
{
    static const char *const refused_here[] = {"1", "foo[5m]", "foo offset 5m", "", "foo bar"};
    struct arena             a = {0};
    struct node             *n;
    struct err               err = {0};

    (void)state;
    assert_int_equal(parser_selector(&a, SLICE_LITERAL("up{job=~\"a|b\"}"), &n, &err), STATUS_OK);
    assert_int_equal(n->u.selector.n, 2);
    assert_int_equal(parser_selector(&a, SLICE_LITERAL("sum"), &n, &err), STATUS_OK);
    assert_int_equal(parser_selector(&a, SLICE_LITERAL("{a=~\".*\"}"), &n, &err), STATUS_OK);
    assert_true(n->u.selector.matchers[0].takes_empty);
    for (size_t i = 0; i < ARRAY_LEN(refused_here); i++)
        assert_int_equal(parser_selector(&a, slice_of(refused_here[i]), &n, NULL), STATUS_SYNTAX);
    arena_release(&a);
}

/* Known functions: 73 stable ones in Prometheus 3.14, and those listed as
 * experimental in docs/PROMQL.md. */
static void
test_functions(void **state)
{
    size_t stable = 0, experimental = 0;

    (void)state;
    for (enum function_id id = 0; id < FUNCTION_COUNT; id++) {
        bool behind_flag = function_get(id)->flags & FUNCTION_EXPERIMENTAL;

        assert_int_equal(function_find(slice_of(function_get(id)->name)), id);
        stable += !behind_flag;
        experimental += behind_flag;
    }
    assert_int_equal(stable, 73);
    assert_int_equal(experimental, 8);
    assert_int_equal(function_find(SLICE_LITERAL("Rate")), FUNCTION_COUNT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_regular_expression),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_places_inside),
        cmocka_unit_test(test_bindings),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_keywords_as_names),
        cmocka_unit_test(test_string_bytes),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_selector),
        cmocka_unit_test(test_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
