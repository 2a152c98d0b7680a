/* parsesuffix.h - what follows an expression: [range], [range:step], offset, @. */
#ifndef PROMQL_PARSESUFFIX_H
#define PROMQL_PARSESUFFIX_H

#include "promql/parsestate.h"

/* The expression with all its suffixes; NULL after a failure. */
struct node *parsesuffix_read(struct parsestate *p, struct node *expr);

#endif
