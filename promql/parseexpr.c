/* Precedence climbing over operator.def.  Which message comes first, and its
 * context, follow the error rules of promql/parser/generated_parser.y. */
#include "promql/parseexpr.h"

#include "base/vec.h"
#include "promql/runes.h"
#include "promql/literal.h"
#include "promql/parseselector.h"
#include "promql/parsesuffix.h"

static struct node *parse_expr(struct parsestate *p, int min_level);

static bool
aggregation_of(enum token_kind k, enum aggregation_op *op)
{
    switch ((int)k) {
#define AGGREGATION(name, text, param)                                                             \
    case TOKEN_##name:                                                                             \
        *op = AGGREGATION_##name;                                                                  \
        return true;
#include "promql/aggregation.def"
#undef AGGREGATION
    default:
        return false;
    }
}

static bool
binary_of(enum token_kind k, enum binary_op *op)
{
    switch ((int)k) {
#define OPERATOR(name, text, level, class)                                                         \
    case TOKEN_##name:                                                                             \
        *op = BINARY_##name;                                                                       \
        return true;
#include "promql/operator.def"
#undef OPERATOR
    default:
        return false;
    }
}

static bool
is_sign(enum token_kind k)
{
    return k == TOKEN_ADD || k == TOKEN_SUB;
}

static bool
starts_expression(enum token_kind k)
{
    return lextoken_is_metric_name(k) || is_sign(k) || k == TOKEN_NUMBER || k == TOKEN_DURATION ||
           k == TOKEN_STRING || k == TOKEN_LEFT_PAREN || k == TOKEN_LEFT_BRACE;
}

struct nodes {
    VEC(struct node *) v;
};

/* ( expr, ... ); the left parenthesis is the next token. */
static void
parse_arguments(struct parsestate *p, struct nodes *args)
{
    (void)parsestate_take(p);
    if (parsestate_take_if(p, TOKEN_RIGHT_PAREN))
        return;
    while (!p->status) {
        struct node *one = parse_expr(p, 1);
        struct token comma;

        VEC_PUSH(p->arena, &args->v, one);
        parsestate_check_list(p, args->v.n, "arguments");
        if (p->status || parsestate_take_if(p, TOKEN_RIGHT_PAREN))
            return;
        comma = parsestate_peek(p);
        if (comma.kind != TOKEN_COMMA) {
            parsestate_unexpected(p, NULL, NULL);
            return;
        }
        (void)parsestate_take(p);
        if (!starts_expression(parsestate_peek(p).kind))
            parsestate_fail(p, comma.place, STATUS_SYNTAX,
                            "trailing commas not allowed in function call args");
    }
}

static void
parse_grouping(struct parsestate *p, struct node *n)
{
    n->u.aggregation.without = parsestate_take(p).kind == TOKEN_WITHOUT;
    n->u.aggregation.labels = parseselector_labels(p);
}

static bool
is_grouping(enum token_kind k)
{
    return k == TOKEN_BY || k == TOKEN_WITHOUT;
}

static void
take_arguments(struct parsestate *p, struct node *n, const struct nodes *args)
{
    size_t wanted = ast_aggregation_param(n->u.aggregation.op) == EXPR_NONE ? 1 : 2;

    if (!args->v.n) {
        parsestate_fail(p, n->place, STATUS_SYNTAX,
                        "no arguments for aggregate expression provided");
        return;
    }
    if (args->v.n != wanted) {
        parsestate_fail(p, n->place, STATUS_SYNTAX,
                        "wrong number of arguments for aggregate expression provided, expected "
                        "%zu, got %zu",
                        wanted, args->v.n);
        return;
    }
    n->u.aggregation.inner = args->v.at[wanted - 1];
    n->u.aggregation.param = wanted == 2 ? args->v.at[0] : NULL;
    for (size_t i = 0; i < wanted; i++)
        parsestate_adopt(p, n, args->v.at[i]);
}

/* The operator is taken. */
static struct node *
parse_aggregation(struct parsestate *p, const struct token *name, enum aggregation_op op)
{
    struct node *n = parsestate_node(p, NODE_AGGREGATION, name->place);
    struct nodes args = {0};
    bool         grouped = is_grouping(parsestate_peek(p).kind);

    n->u.aggregation.op = op;
    p->aggregations++;
    if (grouped)
        parse_grouping(p, n);
    if (parsestate_peek(p).kind == TOKEN_LEFT_PAREN)
        parse_arguments(p, &args);
    else
        parsestate_unexpected(p, NULL, NULL);
    p->aggregations--;
    if (!grouped && is_grouping(parsestate_peek(p).kind))
        parse_grouping(p, n);
    n->place.end = p->closing;
    if (!p->status)
        take_arguments(p, n, &args);
    return n;
}

static void
unknown_function(struct parsestate *p, const struct token *name)
{
    struct text quoted;
    bool        later = function_not_enabled(name->text);

    text_init(&quoted, LEXER_MAX_MESSAGE_BYTES);
    runes_name(&quoted, name->text);
    if (later)
        parsestate_fail(p, name->place, STATUS_SYNTAX, "function %s is not enabled", quoted.p);
    else
        parsestate_fail(p, name->place, STATUS_SYNTAX, "unknown function with name %s", quoted.p);
    text_release(&quoted);
}

/* The name is taken. */
static struct node *
parse_call(struct parsestate *p, const struct token *name)
{
    struct node     *n = parsestate_node(p, NODE_CALL, name->place);
    struct nodes     args = {0};
    enum function_id id = function_find(name->text);

    parse_arguments(p, &args);
    n->place.end = p->closing;
    if (id == FUNCTION_COUNT)
        unknown_function(p, name);
    n->u.call.id = id;
    n->u.call.args = args.v.at;
    n->u.call.n = args.v.n;
    for (size_t i = 0; !p->status && i < args.v.n; i++)
        parsestate_adopt(p, n, args.v.at[i]);
    return n;
}

/* A name: of an aggregation, a function or a metric. */
static struct node *
parse_name(struct parsestate *p)
{
    struct token        t = parsestate_take(p), next = parsestate_peek(p);
    enum aggregation_op op;
    bool                paren = next.kind == TOKEN_LEFT_PAREN;

    if (t.kind == TOKEN_LIMIT_RATIO && (paren || is_grouping(next.kind)))
        parsestate_fail(p, t.place, STATUS_SYNTAX, "limit_ratio() is experimental and not enabled");
    if (aggregation_of(t.kind, &op) && (paren || is_grouping(next.kind)))
        return parse_aggregation(p, &t, op);
    if (paren && (t.kind == TOKEN_IDENTIFIER || function_not_enabled(t.text)))
        return parse_call(p, &t);
    return parseselector_named(p, &t);
}

static struct node *
parse_number(struct parsestate *p)
{
    struct token t = parsestate_take(p);
    struct node *n = parsestate_node(p, NODE_NUMBER, t.place);
    struct text  why;
    enum status  s;
    int64_t      ms;

    text_init(&why, p->why.max_bytes);
    n->type = EXPR_SCALAR;
    n->u.number.is_duration = t.kind == TOKEN_DURATION;
    if (t.kind == TOKEN_DURATION) {
        s = literal_duration(t.text, &ms, &why);
        n->u.number.value = (double)(ms / 1000) + (double)(ms % 1000) / 1e3;
    } else {
        s = literal_number(t.text, &n->u.number.value, &why);
    }
    if (s)
        parsestate_fail(p, t.place, STATUS_SYNTAX, "%s", why.p);
    text_release(&why);
    return n;
}

static struct node *
parse_paren(struct parsestate *p)
{
    struct token t = parsestate_take(p);
    struct node *inner = parse_expr(p, 1), *n;

    if (!parsestate_take_if(p, TOKEN_RIGHT_PAREN))
        parsestate_unexpected(p, NULL, NULL);
    if (p->status)
        return NULL;
    n = parsestate_node(p, NODE_PAREN, (struct place){t.place.start, p->closing});
    n->u.paren = inner;
    parsestate_adopt(p, n, inner);
    return n;
}

static struct node *
parse_string(struct parsestate *p)
{
    struct token t = parsestate_take(p);
    struct node *n = parsestate_node(p, NODE_STRING, t.place);

    n->type = EXPR_STRING;
    n->u.string = parsestate_string(p, &t);
    return n;
}

static struct node *
parse_primary(struct parsestate *p)
{
    enum token_kind k = parsestate_peek(p).kind;

    if (k == TOKEN_NUMBER || k == TOKEN_DURATION)
        return parse_number(p);
    if (k == TOKEN_STRING)
        return parse_string(p);
    if (k == TOKEN_LEFT_PAREN)
        return parse_paren(p);
    if (k == TOKEN_LEFT_BRACE)
        return parseselector_read(p);
    if (lextoken_is_metric_name(k))
        return parse_name(p);
    parsestate_unexpected(p, NULL, NULL);
    return NULL;
}

/* A sign binds as * does: -1^2 is -(1^2).  Before a number it becomes part of it. */
static struct node *
parse_signed(struct parsestate *p)
{
    struct token t = parsestate_peek(p);
    struct node *inner, *n;

    if (!is_sign(t.kind))
        return parsesuffix_read(p, parse_primary(p));
    (void)parsestate_take(p);
    inner = parse_expr(p, ast_binary_level(BINARY_MUL) + 1);
    if (p->status)
        return NULL;
    if (inner->kind == NODE_NUMBER) {
        if (t.kind == TOKEN_SUB)
            inner->u.number.value = -inner->u.number.value;
        inner->place.start = t.place.start;
        return inner;
    }
    n = parsestate_node(p, NODE_UNARY, (struct place){t.place.start, inner->place.end});
    n->u.unary.negative = t.kind == TOKEN_SUB;
    n->u.unary.inner = inner;
    parsestate_adopt(p, n, inner);
    return n;
}

/* [bool] [on|ignoring (labels) [group_left|group_right [(labels)]]] */
static void
parse_matching(struct parsestate *p, struct node *n)
{
    enum token_kind k;

    n->u.binary.return_bool = parsestate_take_if(p, TOKEN_BOOL);
    k = parsestate_peek(p).kind;
    if (k == TOKEN_ON || k == TOKEN_IGNORING) {
        n->u.binary.is_on = parsestate_take(p).kind == TOKEN_ON;
        n->u.binary.matching = parseselector_labels(p);
        k = parsestate_peek(p).kind;
        if (k == TOKEN_GROUP_LEFT || k == TOKEN_GROUP_RIGHT) {
            n->u.binary.card =
                parsestate_take(p).kind == TOKEN_GROUP_LEFT ? CARD_MANY_TO_ONE : CARD_ONE_TO_MANY;
            if (parsestate_peek(p).kind == TOKEN_LEFT_PAREN)
                n->u.binary.include = parseselector_labels(p);
        }
    }
    k = parsestate_peek(p).kind;
    if (k == TOKEN_FILL || k == TOKEN_FILL_LEFT || k == TOKEN_FILL_RIGHT)
        parsestate_fail(p, n->place, STATUS_SYNTAX,
                        "binop fill modifiers are experimental and not enabled");
}

static struct node *
parse_binary(struct parsestate *p, struct node *lhs, enum binary_op op)
{
    struct node *n = parsestate_node(p, NODE_BINARY, lhs->place);
    int          level = ast_binary_level(op);

    n->u.binary.op = op;
    n->u.binary.op_place = parsestate_take(p).place;
    n->u.binary.lhs = lhs;
    parse_matching(p, n);
    n->u.binary.rhs = parse_expr(p, op == BINARY_POW ? level : level + 1);
    if (p->status)
        return NULL;
    n->place.end = n->u.binary.rhs->place.end;
    parsestate_adopt(p, n, lhs);
    parsestate_adopt(p, n, n->u.binary.rhs);
    return n;
}

static struct node *
parse_expr(struct parsestate *p, int min_level)
{
    struct node   *lhs = NULL;
    enum binary_op op;

    if (++p->nesting > AST_MAX_DEPTH)
        parsestate_fail(p, parsestate_peek(p).place, STATUS_LIMIT,
                        "the expression is nested deeper than %d levels", AST_MAX_DEPTH);
    if (!p->status)
        lhs = parse_signed(p);
    while (!p->status && binary_of(parsestate_peek(p).kind, &op) &&
           ast_binary_level(op) >= min_level)
        lhs = parse_binary(p, lhs, op);
    p->nesting--;
    return p->status ? NULL : lhs;
}

struct node *
parseexpr_read(struct parsestate *p)
{
    return parse_expr(p, 1);
}
