/* parseexpr.h - expressions: operators, signs, calls, aggregations, literals. */
#ifndef PROMQL_PARSEEXPR_H
#define PROMQL_PARSEEXPR_H

#include "promql/parsestate.h"

/* From the next token on, as far as it goes; NULL after a failure. */
struct node *parseexpr_read(struct parsestate *p);

#endif
