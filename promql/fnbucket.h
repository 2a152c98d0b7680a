/* fnbucket.h - functions of one classic histogram. */
#ifndef PROMQL_FNBUCKET_H
#define PROMQL_FNBUCKET_H

#include "promql/evalfn.h"

/* NULL: no function of this file. */
const struct evalfn *fnbucket_get(enum function_id id);

/* A bucket's upper bound from its label le.  False, and a warning at the place
 * of the function's vector, if there is none: the sample is left out then.
 * metric is as in evalfn_call. */
bool fnbucket_bound(struct slice le, struct slice metric, struct notes *notes, struct place place,
                    double *bound);

#endif
