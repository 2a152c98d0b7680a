/* ast.h - the tree of one PromQL expression.
 *
 * Nodes and all they point at live in the arena the expression was parsed into:
 * they are never freed singly and never outlive it.  A tree that has passed
 * typecheck_tree() is read-only and may be read by several threads. */
#ifndef PROMQL_AST_H
#define PROMQL_AST_H

#include "base/arena.h"
#include "promql/exprtype.h"
#include "promql/function.h"
#include "promql/matcher.h"
#include "promql/place.h"

enum {
    AST_MAX_DEPTH = 400, /* of a tree, so that walking it by recursion is safe */
    AST_MAX_BYTES = 1 << 18,
    AST_MAX_LIST = 1000 /* matchers of a selector, labels of a grouping, arguments of a call: each
                         * is looked at for each series */
};

enum node_kind {
    NODE_NUMBER,
    NODE_STRING,
    NODE_SELECTOR, /* instant vector */
    NODE_MATRIX,   /* selector[range] */
    NODE_SUBQUERY, /* expr[range:step] */
    NODE_CALL,
    NODE_AGGREGATION,
    NODE_BINARY,
    NODE_UNARY,
    NODE_PAREN
};

enum binary_op {
#define OPERATOR(name, text, level, class) BINARY_##name,
#include "promql/operator.def"
#undef OPERATOR
    BINARY_COUNT
};

enum binary_class { BINARY_SET, BINARY_COMPARISON, BINARY_ARITHMETIC };

enum aggregation_op {
#define AGGREGATION(name, text, param) AGGREGATION_##name,
#include "promql/aggregation.def"
#undef AGGREGATION
    AGGREGATION_OPS
};

enum match_card { CARD_ONE_TO_ONE, CARD_MANY_TO_ONE, CARD_ONE_TO_MANY, CARD_MANY_TO_MANY };

enum at_kind { AT_NONE, AT_TIME, AT_START, AT_END };

/* offset and @.  Seen from the evaluation time T: (@ ? its time : T) - offset_ms. */
struct node_timing {
    int64_t      offset_ms; /* negative looks ahead */
    enum at_kind at;
    int64_t      at_ms; /* AT_TIME: ms since the epoch */
};

/* The value is the string's bytes, escapes resolved; a regex is not anchored yet. */
struct node_matcher {
    enum matcher_op op;
    struct slice    name, value;
    bool            takes_empty; /* series without the label too */
    struct place    place;
};

struct node_labels {
    struct slice *at;
    size_t        n;
};

struct node {
    enum node_kind kind;
    enum expr_type type;  /* set by typecheck_tree(); before it, of leaves only */
    uint32_t       depth; /* of the subtree; a leaf has 1 */
    struct place   place;
    union {
        struct {
            double value;
            bool   is_duration; /* written as one; the value is in seconds */
        } number;
        struct slice string;
        struct {
            struct slice name; /* written before the braces or quoted in them; empty: none */
            struct node_matcher *matchers; /* as written, then __name__ if there is a name */
            size_t               n;
            struct node_timing   timing;
        } selector;
        struct {
            struct node *selector; /* NODE_SELECTOR; offset and @ are there */
            int64_t      range_ms; /* > 0 */
        } matrix;
        struct {
            struct node       *inner;
            int64_t            range_ms; /* > 0 */
            int64_t            step_ms;  /* 0: the default of whoever evaluates */
            struct node_timing timing;
        } subquery;
        struct {
            enum function_id id;
            struct node    **args;
            size_t           n;
        } call;
        struct {
            enum aggregation_op op;
            struct node        *param; /* NULL where aggregation.def says NONE */
            struct node        *inner;
            bool                without; /* else by; by () and nothing are the same */
            struct node_labels  labels;
        } aggregation;
        struct {
            enum binary_op     op;
            struct node       *lhs, *rhs;
            struct place       op_place;
            bool               return_bool;
            bool               is_on; /* else ignoring; ignoring () and nothing are the same */
            enum match_card    card;  /* of two vectors; set operators are many to many */
            struct node_labels matching, include;
        } binary;
        struct {
            bool         negative;
            struct node *inner;
        } unary;
        struct node *paren;
    } u;
};

const char       *ast_binary_text(enum binary_op op);
int               ast_binary_level(enum binary_op op);
enum binary_class ast_binary_class(enum binary_op op);
const char       *ast_aggregation_text(enum aggregation_op op);
enum expr_type    ast_aggregation_param(enum aggregation_op op);

/* "scalar", "string", "instant vector", "range vector"; and as the HTTP API and
 * a few messages say it: "scalar", "string", "vector", "matrix". */
const char *ast_type_text(enum expr_type t);
const char *ast_type_word(enum expr_type t);

/* How many nodes stand right below this one, and the i-th, in the text's order
 * (an aggregation's parameter before its operand). */
size_t       ast_children(const struct node *n);
struct node *ast_child(const struct node *n, size_t i);

/* The node without the parentheses around it. */
const struct node *ast_bare(const struct node *n);

/* Equal but for places: what parse and print must preserve. */
bool ast_equal(const struct node *a, const struct node *b);

#endif
