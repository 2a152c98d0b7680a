/* fnorder.h - functions that order the result of an instant query. */
#ifndef PROMQL_FNORDER_H
#define PROMQL_FNORDER_H

#include "promql/evalfn.h"

/* NULL: no function of this file. */
const struct evalfn *fnorder_get(enum function_id id);

#endif
