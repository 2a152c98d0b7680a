#include "promql/ast.h"

static const struct {
    const char *text;
    int         level;
    enum binary_class class;
} operators[BINARY_COUNT] = {
#define OPERATOR(name, text, level, class) [BINARY_##name] = {text, level, BINARY_##class},
#include "promql/operator.def"
#undef OPERATOR
};

#define PARAM_NONE EXPR_NONE
#define PARAM_SCALAR EXPR_SCALAR
#define PARAM_STRING EXPR_STRING

static const struct {
    const char    *text;
    enum expr_type param;
} aggregations[AGGREGATION_OPS] = {
#define AGGREGATION(name, text, param) [AGGREGATION_##name] = {text, PARAM_##param},
#include "promql/aggregation.def"
#undef AGGREGATION
};

static const struct {
    const char *text, *word;
} types[] = {
    [EXPR_NONE] = {"none", "none"},
    [EXPR_SCALAR] = {"scalar", "scalar"},
    [EXPR_STRING] = {"string", "string"},
    [EXPR_VECTOR] = {"instant vector", "vector"},
    [EXPR_MATRIX] = {"range vector", "matrix"},
};

const char *
ast_binary_text(enum binary_op op)
{
    return operators[op].text;
}

int
ast_binary_level(enum binary_op op)
{
    return operators[op].level;
}

enum binary_class
ast_binary_class(enum binary_op op)
{
    return operators[op].class;
}

const char *
ast_aggregation_text(enum aggregation_op op)
{
    return aggregations[op].text;
}

enum expr_type
ast_aggregation_param(enum aggregation_op op)
{
    return aggregations[op].param;
}

const char *
ast_type_text(enum expr_type t)
{
    return types[t].text;
}

const char *
ast_type_word(enum expr_type t)
{
    return types[t].word;
}

size_t
ast_children(const struct node *n)
{
    switch (n->kind) {
    case NODE_NUMBER:
    case NODE_STRING:
    case NODE_SELECTOR:
        return 0;
    case NODE_CALL:
        return n->u.call.n;
    case NODE_AGGREGATION:
        return n->u.aggregation.param ? 2 : 1;
    case NODE_BINARY:
        return 2;
    case NODE_MATRIX:
    case NODE_SUBQUERY:
    case NODE_UNARY:
    case NODE_PAREN:
        return 1;
    }
    return 0;
}

struct node *
ast_child(const struct node *n, size_t i)
{
    switch (n->kind) {
    case NODE_NUMBER:
    case NODE_STRING:
    case NODE_SELECTOR:
        return NULL;
    case NODE_CALL:
        return n->u.call.args[i];
    case NODE_AGGREGATION:
        return n->u.aggregation.param && i == 0 ? n->u.aggregation.param : n->u.aggregation.inner;
    case NODE_BINARY:
        return i == 0 ? n->u.binary.lhs : n->u.binary.rhs;
    case NODE_MATRIX:
        return n->u.matrix.selector;
    case NODE_SUBQUERY:
        return n->u.subquery.inner;
    case NODE_UNARY:
        return n->u.unary.inner;
    case NODE_PAREN:
        return n->u.paren;
    }
    return NULL;
}

const struct node *
ast_bare(const struct node *n)
{
    while (n->kind == NODE_PAREN)
        n = n->u.paren;
    return n;
}

static bool
same_labels(const struct node_labels *a, const struct node_labels *b)
{
    size_t i = 0;

    while (a->n == b->n && i < a->n && slice_equal(a->at[i], b->at[i]))
        i++;
    return a->n == b->n && i == a->n;
}

static bool
same_timing(const struct node_timing *a, const struct node_timing *b)
{
    return a->offset_ms == b->offset_ms && a->at == b->at && a->at_ms == b->at_ms;
}

static bool
has_matcher(const struct node *n, const struct node_matcher *m)
{
    for (size_t i = 0; i < n->u.selector.n; i++) {
        const struct node_matcher *o = &n->u.selector.matchers[i];

        if (o->op == m->op && slice_equal(o->name, m->name) && slice_equal(o->value, m->value))
            return true;
    }
    return false;
}

/* The order of matchers says nothing: all must hold. */
static bool
same_selector(const struct node *a, const struct node *b)
{
    if (a->u.selector.n != b->u.selector.n ||
        !same_timing(&a->u.selector.timing, &b->u.selector.timing))
        return false;
    for (size_t i = 0; i < a->u.selector.n; i++)
        if (!has_matcher(a, &b->u.selector.matchers[i]) ||
            !has_matcher(b, &a->u.selector.matchers[i]))
            return false;
    return true;
}

static bool
same_number(double a, double b)
{
    return a == b || (a != a && b != b);
}

static bool
same_binary(const struct node *a, const struct node *b)
{
    return a->u.binary.op == b->u.binary.op && a->u.binary.return_bool == b->u.binary.return_bool &&
           a->u.binary.is_on == b->u.binary.is_on && a->u.binary.card == b->u.binary.card &&
           same_labels(&a->u.binary.matching, &b->u.binary.matching) &&
           same_labels(&a->u.binary.include, &b->u.binary.include);
}

static bool
same_aggregation(const struct node *a, const struct node *b)
{
    return a->u.aggregation.op == b->u.aggregation.op &&
           a->u.aggregation.without == b->u.aggregation.without &&
           same_labels(&a->u.aggregation.labels, &b->u.aggregation.labels);
}

/* The nodes themselves, without what stands below. */
static bool
same_node(const struct node *a, const struct node *b)
{
    switch (a->kind) {
    case NODE_NUMBER:
        return a->u.number.is_duration == b->u.number.is_duration &&
               same_number(a->u.number.value, b->u.number.value);
    case NODE_STRING:
        return slice_equal(a->u.string, b->u.string);
    case NODE_SELECTOR:
        return same_selector(a, b);
    case NODE_MATRIX:
        return a->u.matrix.range_ms == b->u.matrix.range_ms;
    case NODE_SUBQUERY:
        return a->u.subquery.range_ms == b->u.subquery.range_ms &&
               a->u.subquery.step_ms == b->u.subquery.step_ms &&
               same_timing(&a->u.subquery.timing, &b->u.subquery.timing);
    case NODE_CALL:
        return a->u.call.id == b->u.call.id;
    case NODE_AGGREGATION:
        return same_aggregation(a, b);
    case NODE_BINARY:
        return same_binary(a, b);
    case NODE_UNARY:
        return a->u.unary.negative == b->u.unary.negative;
    case NODE_PAREN:
        return true;
    }
    return false;
}

bool
ast_equal(const struct node *a, const struct node *b)
{
    size_t n = ast_children(a);

    if (a->kind != b->kind || a->type != b->type || n != ast_children(b) || !same_node(a, b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!ast_equal(ast_child(a, i), ast_child(b, i)))
            return false;
    return true;
}
