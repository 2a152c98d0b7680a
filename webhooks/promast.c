#include "webhooks/promast.h"

#include "base/jsonout.h"
#include "promql/gofloat.h"

/* By hand, since a tree may be deeper than a struct jsonout goes. */

static void
put_type(struct text *to, const char *type)
{
    text_printf(to, "{\"type\":\"%s\"", type);
}

static void
put_child(struct text *to, const char *key, const struct node *n)
{
    text_printf(to, ",\"%s\":", key);
    if (n)
        promast_put(to, n);
    else
        text_puts(to, "null");
}

static void
put_text(struct text *to, const char *key, struct slice value)
{
    text_printf(to, ",\"%s\":", key);
    jsonout_quote(to, value);
}

static void
put_bool(struct text *to, const char *key, bool value)
{
    text_printf(to, ",\"%s\":%s", key, value ? "true" : "false");
}

static void
put_list(struct text *to, const char *key, const struct node_labels *l)
{
    text_printf(to, ",\"%s\":[", key);
    for (size_t i = 0; i < l->n; i++) {
        if (i)
            text_putc(to, ',');
        jsonout_quote(to, l->at[i]);
    }
    text_putc(to, ']');
}

static void
put_timing(struct text *to, const struct node_timing *t)
{
    text_printf(to, ",\"offset\":%lld,\"timestamp\":", (long long)t->offset_ms);
    if (t->at == AT_TIME)
        text_printf(to, "%lld", (long long)t->at_ms);
    else
        text_puts(to, "null");
    text_printf(to, ",\"startOrEnd\":%s",
                t->at == AT_START ? "\"start\""
                : t->at == AT_END ? "\"end\""
                                  : "null");
}

static void
put_selector(struct text *to, const struct node *n)
{
    put_text(to, "name", n->u.selector.name);
    put_timing(to, &n->u.selector.timing);
    text_puts(to, ",\"anchored\":false,\"smoothed\":false,\"matchers\":[");
    for (size_t i = 0; i < n->u.selector.n; i++) {
        const struct node_matcher *m = &n->u.selector.matchers[i];

        text_printf(to, "%s{\"type\":\"%s\"", i ? "," : "", matcher_op_text(m->op));
        put_text(to, "name", m->name);
        put_text(to, "value", m->value);
        text_putc(to, '}');
    }
    text_puts(to, "]");
}

static void
put_function(struct text *to, const struct function *f)
{
    text_printf(to, ",\"func\":{\"name\":\"%s\",\"argTypes\":[", f->name);
    for (size_t i = 0; i < f->n_listed; i++)
        text_printf(to, "%s\"%s\"", i ? "," : "", ast_type_word(f->args[i]));
    text_printf(to, "],\"variadic\":%d,\"returnType\":\"%s\"}", f->extra, ast_type_word(f->result));
}

static void
put_call(struct text *to, const struct node *n)
{
    put_function(to, function_get(n->u.call.id));
    text_puts(to, ",\"args\":[");
    for (size_t i = 0; i < n->u.call.n; i++) {
        if (i)
            text_putc(to, ',');
        promast_put(to, n->u.call.args[i]);
    }
    text_putc(to, ']');
}

static void
put_binary(struct text *to, const struct node *n)
{
    static const char *const cards[] = {
        [CARD_ONE_TO_ONE] = "one-to-one",
        [CARD_MANY_TO_ONE] = "many-to-one",
        [CARD_ONE_TO_MANY] = "one-to-many",
        [CARD_MANY_TO_MANY] = "many-to-many",
    };

    text_printf(to, ",\"op\":\"%s\"", ast_binary_text(n->u.binary.op));
    put_child(to, "lhs", n->u.binary.lhs);
    put_child(to, "rhs", n->u.binary.rhs);
    put_bool(to, "bool", n->u.binary.return_bool);
    if (n->u.binary.lhs->type != EXPR_VECTOR || n->u.binary.rhs->type != EXPR_VECTOR) {
        text_puts(to, ",\"matching\":null");
        return;
    }
    text_printf(to, ",\"matching\":{\"card\":\"%s\"", cards[n->u.binary.card]);
    put_list(to, "labels", &n->u.binary.matching);
    put_bool(to, "on", n->u.binary.is_on);
    put_list(to, "include", &n->u.binary.include);
    text_puts(to, ",\"fillValues\":{\"lhs\":null,\"rhs\":null}}");
}

static void
put_aggregation(struct text *to, const struct node *n)
{
    text_printf(to, ",\"op\":\"%s\"", ast_aggregation_text(n->u.aggregation.op));
    put_child(to, "expr", n->u.aggregation.inner);
    put_child(to, "param", n->u.aggregation.param);
    put_list(to, "grouping", &n->u.aggregation.labels);
    put_bool(to, "without", n->u.aggregation.without);
}

static const char *
type_of(enum node_kind k)
{
    static const char *const types[] = {
        [NODE_NUMBER] = "numberLiteral",    [NODE_STRING] = "stringLiteral",
        [NODE_SELECTOR] = "vectorSelector", [NODE_MATRIX] = "matrixSelector",
        [NODE_SUBQUERY] = "subquery",       [NODE_CALL] = "call",
        [NODE_AGGREGATION] = "aggregation", [NODE_BINARY] = "binaryExpr",
        [NODE_UNARY] = "unaryExpr",         [NODE_PAREN] = "parenExpr",
    };

    return types[k];
}

static void
put_subquery(struct text *to, const struct node *n)
{
    put_child(to, "expr", n->u.subquery.inner);
    text_printf(to, ",\"range\":%lld,\"step\":%lld,\"alignEvalTime\":false",
                (long long)n->u.subquery.range_ms, (long long)n->u.subquery.step_ms);
    put_timing(to, &n->u.subquery.timing);
}

void
promast_put(struct text *to, const struct node *n)
{
    put_type(to, type_of(n->kind));
    switch (n->kind) {
    case NODE_NUMBER:
        text_puts(to, ",\"val\":\"");
        gofloat_put(to, n->u.number.value);
        text_putc(to, '"');
        break;
    case NODE_STRING:
        put_text(to, "val", n->u.string);
        break;
    case NODE_SELECTOR:
        put_selector(to, n);
        break;
    case NODE_MATRIX:
        text_printf(to, ",\"range\":%lld", (long long)n->u.matrix.range_ms);
        put_selector(to, n->u.matrix.selector);
        break;
    case NODE_SUBQUERY:
        put_subquery(to, n);
        break;
    case NODE_CALL:
        put_call(to, n);
        break;
    case NODE_AGGREGATION:
        put_aggregation(to, n);
        break;
    case NODE_BINARY:
        put_binary(to, n);
        break;
    case NODE_UNARY:
        text_printf(to, ",\"op\":\"%s\"", n->u.unary.negative ? "-" : "+");
        put_child(to, "expr", n->u.unary.inner);
        break;
    case NODE_PAREN:
        put_child(to, "expr", n->u.paren);
        break;
    }
    text_putc(to, '}');
}
