/* play_query.h - any other expression, by promql/eval over what one replica knows.
 *
 * For the expressions that a script's configuration brings along; the daemon's
 * own stay with play_eval.h, which takes no shape that is news. */
#ifndef TESTS_REPLAY_PLAY_QUERY_H
#define TESTS_REPLAY_PLAY_QUERY_H

#include "tests/replay/play_eval.h"

/* As play_eval().  STATUS_BAD_QUERY and others: what a Prometheus would answer
 * as an error. */
enum status play_query(struct arena *a, const struct play_eval_from *from, struct slice query,
                       struct play_vector *out, struct err *err) MUST_CHECK;

#endif
