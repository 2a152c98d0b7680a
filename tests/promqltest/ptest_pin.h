/* ptest_pin.h - pin an expression to one time, as upstream's re-runs do. */
#ifndef PTEST_PIN_H
#define PTEST_PIN_H

#include "promql/ast.h"

/* "@ t" for every selector and subquery that has none, except inside a subquery
 * that is pinned.  false: a function may change from step to step all the same,
 * so that other times would give another result. */
bool ptest_pin(struct node *tree, int64_t t_ms);

#endif
