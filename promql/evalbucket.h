/* evalbucket.h - functions of classic histograms as stages. */
#ifndef PROMQL_EVALBUCKET_H
#define PROMQL_EVALBUCKET_H

#include "promql/evalargs.h"
#include "promql/evalfn.h"

/* Series that differ in le alone are one histogram; which ones, and the order
 * of their bounds, is settled now. */
enum status evalbucket_new(struct evalargs *args, const struct evalfn *fn, struct stage *inner,
                           struct stage **out) MUST_CHECK;

#endif
