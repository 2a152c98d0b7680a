/* localreply.h - what an evaluation here came to, as the answer of an upstream
 * would tell it: one reader of both, whichever kind a source is. */
#ifndef DAEMON_LOCALREPLY_H
#define DAEMON_LOCALREPLY_H

#include "promql/eval.h"
#include "promql/promreply.h"

/* All texts are copied into the arena, so that the result can be closed.
 * STATUS_LIMIT: more series than max_series. */
enum status localreply_of(const struct eval_result *result, size_t max_series, struct arena *a,
                          struct promreply *out, struct err *err) MUST_CHECK;

#endif
