#include "webhooks/promast.h"

#include "promql/parser.h"
#include "tests/support/check.h"

#include <jansson.h>

static struct text  out;
static struct arena arena;

static const char *
ast(const char *query)
{
    struct node *tree;
    struct err   err = {0};

    arena_release(&arena);
    text_clear(&out);
    if (parser_parse(&arena, slice_of(query), &tree, NULL, &err))
        fail_msg("%s: %s", query, err.text);
    promast_put(&out, tree);
    return out.p;
}

#define UP                                                                                         \
    "{\"type\":\"vectorSelector\",\"name\":\"up\",\"offset\":0,\"timestamp\":null,"                \
    "\"startOrEnd\":null,\"anchored\":false,\"smoothed\":false,\"matchers\":[{\"type\":\"=\","     \
    "\"name\":\"__name__\",\"value\":\"up\"}]}"

/* By web/api/v1/translate_ast.go of Prometheus 3, whose members these are. */
static void
every_kind_of_node(void **state)
{
    static const struct {
        const char *query, *json;
    } cases[] = {
        {"1.5", "{\"type\":\"numberLiteral\",\"val\":\"1.5\"}"},
        {"Inf", "{\"type\":\"numberLiteral\",\"val\":\"+Inf\"}"},
        {"\"a\\\"b\"", "{\"type\":\"stringLiteral\",\"val\":\"a\\\"b\"}"},
        {"up", UP},
        {"(up)", "{\"type\":\"parenExpr\",\"expr\":" UP "}"},
        {"-up", "{\"type\":\"unaryExpr\",\"op\":\"-\",\"expr\":" UP "}"},
        {"up{a!~\"x|y\"}[5m] offset -1m @ 1.5",
         "{\"type\":\"matrixSelector\",\"range\":300000,\"name\":\"up\",\"offset\":-60000,"
         "\"timestamp\":1500,\"startOrEnd\":null,\"anchored\":false,\"smoothed\":false,"
         "\"matchers\":[{\"type\":\"!~\",\"name\":\"a\",\"value\":\"x|y\"},{\"type\":\"=\","
         "\"name\":\"__name__\",\"value\":\"up\"}]}"},
        {"up[1h:5m] @ end()",
         "{\"type\":\"subquery\",\"expr\":" UP ",\"range\":3600000,\"step\":300000,"
         "\"alignEvalTime\":false,\"offset\":0,\"timestamp\":null,\"startOrEnd\":\"end\"}"},
        {"round(up, 5)",
         "{\"type\":\"call\",\"func\":{\"name\":\"round\",\"argTypes\":[\"vector\",\"scalar\"],"
         "\"variadic\":1,\"returnType\":\"vector\"},\"args\":[" UP
         ",{\"type\":\"numberLiteral\",\"val\":\"5\"}]}"},
        {"sum without (a, b) (up)", "{\"type\":\"aggregation\",\"op\":\"sum\",\"expr\":" UP
                                    ",\"param\":null,\"grouping\":[\"a\",\"b\"],\"without\":true}"},
        {"topk(2, up)", "{\"type\":\"aggregation\",\"op\":\"topk\",\"expr\":" UP
                        ",\"param\":{\"type\":\"numberLiteral\",\"val\":\"2\"},\"grouping\":[],"
                        "\"without\":false}"},
        {"up * on (a) group_left (b) up",
         "{\"type\":\"binaryExpr\",\"op\":\"*\",\"lhs\":" UP ",\"rhs\":" UP
         ",\"bool\":false,\"matching\":{\"card\":\"many-to-one\",\"labels\":[\"a\"],\"on\":true,"
         "\"include\":[\"b\"],\"fillValues\":{\"lhs\":null,\"rhs\":null}}}"},
        {"up and up",
         "{\"type\":\"binaryExpr\",\"op\":\"and\",\"lhs\":" UP ",\"rhs\":" UP
         ",\"bool\":false,\"matching\":{\"card\":\"many-to-many\",\"labels\":[],\"on\":false,"
         "\"include\":[],\"fillValues\":{\"lhs\":null,\"rhs\":null}}}"},
        {"up > bool 1",
         "{\"type\":\"binaryExpr\",\"op\":\">\",\"lhs\":" UP
         ",\"rhs\":{\"type\":\"numberLiteral\",\"val\":\"1\"},\"bool\":true,\"matching\":null}"},
    };

    (void)state;
    text_init(&out, 1 << 22);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (strcmp(ast(cases[i].query), cases[i].json) != 0)
            fail_msg("%s\nwant %s\ngot  %s", cases[i].query, cases[i].json, out.p);
    text_release(&out);
    arena_release(&arena);
}

/* As deep as an expression may be, the JSON is whole. */
static void
the_deepest_tree(void **state)
{
    char    query[2 * AST_MAX_DEPTH + 2];
    json_t *v;

    (void)state;
    text_init(&out, 1 << 22);
    memset(query, '(', AST_MAX_DEPTH - 1);
    query[AST_MAX_DEPTH - 1] = '1';
    memset(query + AST_MAX_DEPTH, ')', AST_MAX_DEPTH - 1);
    query[2 * AST_MAX_DEPTH - 1] = '\0';
    v = json_loads(ast(query), 0, NULL);
    assert_non_null(v);
    json_decref(v);
    text_release(&out);
    arena_release(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_node),
        cmocka_unit_test(the_deepest_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
