/* typecheck.h - the type of every node, and what Prometheus refuses by types. */
#ifndef PROMQL_TYPECHECK_H
#define PROMQL_TYPECHECK_H

#include "promql/parsestate.h"

/* Sets the types and what follows from them: a set operator is many to many, and
 * matching means nothing where an operand is a scalar.  The first fault is
 * recorded in p, in Prometheus's words and order (checkAST of
 * promql/parser/parse.go). */
void typecheck_tree(struct node *tree, struct parsestate *p);

#endif
