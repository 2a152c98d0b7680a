/* runqueries.h - PromQL of a stored run, for a person to copy. */
#ifndef DAEMON_RUNQUERIES_H
#define DAEMON_RUNQUERIES_H

#include "analyzer/record.h"
#include "base/err.h"

/* what: "p95 in seconds by version, as users see it"; both borrowed for the call. */
typedef void (*runqueries_fn)(void *ctx, struct slice what, struct slice expression);

/* Those of its preset, then the policy's own expressions as they were asked.  One
 * that cannot be made is told with its error as what, after a "not made: ". */
void runqueries_each(const struct record_run *r, runqueries_fn fn, void *ctx);

#endif
