/* parseselector.h - a metric's name, matchers in braces, labels in parentheses. */
#ifndef PROMQL_PARSESELECTOR_H
#define PROMQL_PARSESELECTOR_H

#include "promql/parsestate.h"

/* The next token is a metric's name or a left brace.  NULL after a failure. */
struct node *parseselector_read(struct parsestate *p);

/* The same where the name is taken already. */
struct node *parseselector_named(struct parsestate *p, const struct token *name);

/* ( a, "b", ) of by, without, on, ignoring, group_left and group_right. */
struct node_labels parseselector_labels(struct parsestate *p);

#endif
