/* fnmath.h - functions of one value: arithmetic, trigonometry, dates. */
#ifndef PROMQL_FNMATH_H
#define PROMQL_FNMATH_H

#include "promql/evalfn.h"

/* NULL: no function of this file. */
const struct evalfn *fnmath_get(enum function_id id);

#endif
