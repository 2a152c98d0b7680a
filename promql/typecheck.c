#include "promql/typecheck.h"

#include "promql/runes.h"

#define FAIL(p, place, ...) parsestate_fail((p), (place), STATUS_SYNTAX, __VA_ARGS__)

static void check(struct node *n, struct parsestate *p);

static bool
is_number_like(enum expr_type t)
{
    return t == EXPR_SCALAR || t == EXPR_VECTOR;
}

static void
check_aggregation(struct node *n, struct parsestate *p)
{
    struct node   *inner = n->u.aggregation.inner, *param = n->u.aggregation.param;
    enum expr_type wanted = ast_aggregation_param(n->u.aggregation.op);

    n->type = EXPR_VECTOR;
    check(inner, p);
    if (inner->type != EXPR_VECTOR)
        FAIL(p, inner->place, "expected type %s in aggregation expression, got %s",
             ast_type_text(EXPR_VECTOR), ast_type_text(inner->type));
    if (!param)
        return;
    check(param, p);
    if (param->type != wanted)
        FAIL(p, param->place, "expected type %s in aggregation parameter, got %s",
             ast_type_text(wanted), ast_type_text(param->type));
}

static void
check_labels_once(const struct node *n, struct parsestate *p)
{
    struct text quoted;

    for (size_t i = 0; n->u.binary.is_on && i < n->u.binary.matching.n; i++)
        for (size_t j = 0; j < n->u.binary.include.n; j++) {
            if (!slice_equal(n->u.binary.matching.at[i], n->u.binary.include.at[j]))
                continue;
            text_init(&quoted, LEXER_MAX_MESSAGE_BYTES);
            runes_name(&quoted, n->u.binary.matching.at[i]);
            FAIL(p, n->u.binary.op_place, "label %s must not occur in ON and GROUP clause at once",
                 quoted.p);
            text_release(&quoted);
        }
}

static void
check_matching(struct node *n, struct parsestate *p)
{
    bool vectors = n->u.binary.lhs->type == EXPR_VECTOR && n->u.binary.rhs->type == EXPR_VECTOR;
    bool set = ast_binary_class(n->u.binary.op) == BINARY_SET;
    const char *text = ast_binary_text(n->u.binary.op);

    if (!vectors) {
        if (n->u.binary.matching.n)
            FAIL(p, n->place, "vector matching only allowed between instant vectors");
        if (set)
            FAIL(p, n->place, "set operator \"%s\" not allowed in binary scalar expression", text);
        n->u.binary.card = CARD_ONE_TO_ONE;
        n->u.binary.is_on = false;
        n->u.binary.include.n = 0;
        return;
    }
    if (set && n->u.binary.card != CARD_ONE_TO_ONE)
        FAIL(p, n->place, "no grouping allowed for \"%s\" operation", text);
    if (set)
        n->u.binary.card = CARD_MANY_TO_MANY;
}

static void
check_binary(struct node *n, struct parsestate *p)
{
    struct node *lhs = n->u.binary.lhs, *rhs = n->u.binary.rhs;
    bool         comparison = ast_binary_class(n->u.binary.op) == BINARY_COMPARISON;
    bool         scalars;

    check(lhs, p);
    check(rhs, p);
    scalars = lhs->type == EXPR_SCALAR && rhs->type == EXPR_SCALAR;
    n->type = scalars ? EXPR_SCALAR : EXPR_VECTOR;
    if (n->u.binary.return_bool && !comparison)
        FAIL(p, n->u.binary.op_place, "bool modifier can only be used on comparison operators");
    if (comparison && !n->u.binary.return_bool && scalars)
        FAIL(p, n->u.binary.op_place, "comparisons between scalars must use BOOL modifier");
    check_labels_once(n, p);
    if (!is_number_like(lhs->type))
        FAIL(p, lhs->place, "binary expression must contain only scalar and instant vector types");
    if (!is_number_like(rhs->type))
        FAIL(p, rhs->place, "binary expression must contain only scalar and instant vector types");
    check_matching(n, p);
}

static void
check_count(const struct node *n, const struct function *f, struct parsestate *p)
{
    size_t min, max, got = n->u.call.n;

    function_arity(f, &min, &max);
    if (min == max && got != min)
        FAIL(p, n->place, "expected %zu argument(s) in call to \"%s\", got %zu", min, f->name, got);
    else if (got < min)
        FAIL(p, n->place, "expected at least %zu argument(s) in call to \"%s\", got %zu", min,
             f->name, got);
    else if (got > max)
        FAIL(p, n->place, "expected at most %zu argument(s) in call to \"%s\", got %zu", max,
             f->name, got);
}

static void
check_call(struct node *n, struct parsestate *p)
{
    const struct function *f = function_get(n->u.call.id);

    n->type = f->result;
    check_count(n, f, p);
    for (size_t i = 0; i < n->u.call.n && !p->status; i++) {
        struct node   *arg = n->u.call.args[i];
        enum expr_type wanted = function_arg_type(f, i);

        check(arg, p);
        if (arg->type != wanted)
            FAIL(p, arg->place, "expected type %s in call to function \"%s\", got %s",
                 ast_type_text(wanted), f->name, ast_type_text(arg->type));
    }
}

static void
check_unary(struct node *n, struct parsestate *p)
{
    check(n->u.unary.inner, p);
    n->type = n->u.unary.inner->type;
    if (!is_number_like(n->type))
        FAIL(p, n->place,
             "unary expression only allowed on expressions of type scalar or instant vector, "
             "got \"%s\"",
             ast_type_text(n->type));
}

static void
check_subquery(struct node *n, struct parsestate *p)
{
    check(n->u.subquery.inner, p);
    n->type = EXPR_MATRIX;
    if (n->u.subquery.inner->type != EXPR_VECTOR)
        FAIL(p, n->place, "subquery is only allowed on instant vector, got %s instead",
             ast_type_word(n->u.subquery.inner->type));
}

static void
check_name_once(const struct node *n, const struct node_matcher *other, struct parsestate *p)
{
    struct text quoted;

    text_init(&quoted, LEXER_MAX_MESSAGE_BYTES);
    runes_name(&quoted, n->u.selector.name);
    text_puts(&quoted, " or ");
    runes_name(&quoted, other->value);
    FAIL(p, n->place, "metric name must not be set twice: %s", quoted.p);
    text_release(&quoted);
}

/* A selector that takes series without any label would take all there are. */
static void
check_selector(struct node *n, struct parsestate *p)
{
    const struct node_matcher *m = n->u.selector.matchers;
    size_t                     i = 0, count = n->u.selector.n;

    n->type = EXPR_VECTOR;
    if (n->u.selector.name.n) {
        for (; i + 1 < count; i++)
            if (slice_is(m[i].name, "__name__"))
                check_name_once(n, &m[i], p);
        return;
    }
    while (i < count && m[i].takes_empty)
        i++;
    if (i == count)
        FAIL(p, n->place, "vector selector must contain at least one non-empty matcher");
}

static void
check(struct node *n, struct parsestate *p)
{
    switch (n->kind) {
    case NODE_NUMBER:
    case NODE_STRING:
        return;
    case NODE_SELECTOR:
        check_selector(n, p);
        return;
    case NODE_MATRIX:
        check_selector(n->u.matrix.selector, p);
        n->type = EXPR_MATRIX;
        return;
    case NODE_SUBQUERY:
        check_subquery(n, p);
        return;
    case NODE_CALL:
        check_call(n, p);
        return;
    case NODE_AGGREGATION:
        check_aggregation(n, p);
        return;
    case NODE_BINARY:
        check_binary(n, p);
        return;
    case NODE_UNARY:
        check_unary(n, p);
        return;
    case NODE_PAREN:
        check(n->u.paren, p);
        n->type = n->u.paren->type;
        return;
    }
}

void
typecheck_tree(struct node *tree, struct parsestate *p)
{
    check(tree, p);
}
