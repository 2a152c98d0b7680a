/* parsestate.h - what the parser's files share: tokens, the first error, nodes. */
#ifndef PROMQL_PARSESTATE_H
#define PROMQL_PARSESTATE_H

#include "base/err.h"
#include "promql/ast.h"
#include "promql/lexer.h"

/* The first failure sticks: every later token is TOKEN_ERROR, so that the
 * parser falls through to its end. */
struct parsestate {
    struct lexer  lexer;
    struct token  next;
    bool          has_next;
    struct arena *arena;
    uint32_t      closing;      /* end of the last token taken that can close an expression */
    unsigned      nesting;      /* expressions under way */
    unsigned      aggregations; /* of those, aggregations */
    enum status   status;
    struct place  fault;
    struct text   why; /* Prometheus's message, without the position */
};

void parsestate_init(struct parsestate *p, struct arena *arena, struct slice query);
void parsestate_release(struct parsestate *p);

struct token parsestate_peek(struct parsestate *p);
struct token parsestate_take(struct parsestate *p);
bool         parsestate_take_if(struct parsestate *p, enum token_kind kind);

void parsestate_fail(struct parsestate *p, struct place place, enum status s, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* The next token is not what the grammar has here.  Inside an aggregation
 * Prometheus says so where it has no better context; context and expected may
 * be NULL. */
void parsestate_unexpected(struct parsestate *p, const char *context, const char *expected);

struct node *parsestate_node(struct parsestate *p, enum node_kind kind, struct place place);

/* A list has n items now; STATUS_LIMIT over AST_MAX_LIST. */
void parsestate_check_list(struct parsestate *p, size_t n, const char *items);

/* Set parent's depth by its child's; STATUS_LIMIT over AST_MAX_DEPTH. */
void parsestate_adopt(struct parsestate *p, struct node *parent, const struct node *child);

/* A quoted token's bytes. */
struct slice parsestate_string(struct parsestate *p, const struct token *t);

#endif
