/* play_eval.h - evaluates exactly the shapes of query that the daemon sends.
 *
 *     expr := term { "or" term }
 *     term := "label_replace(" term "," "label" "," "value" "," "" "," "" ")"
 *           | ("sum" | "max") "by (" labels ")" "(" inner ")"
 *           | "1"
 *     inner := selector | "timestamp(" selector ")"
 *     selector := [name] "{" matchers "}"
 *
 * Semantics are Prometheus's own (prometheus.io/docs/prometheus/latest/querying).
 * Anything else is an error: a query that the daemon did not send before is
 * news, and so is one that a label's value has changed. */
#ifndef TESTS_REPLAY_PLAY_EVAL_H
#define TESTS_REPLAY_PLAY_EVAL_H

#include "base/err.h"
#include "tests/replay/play_series.h"

struct play_element {
    struct play_labels labels;
    double             value;
};

struct play_vector {
    VEC(struct play_element) at;
    bool   scalar; /* instead of elements: number */
    double number;
};

struct play_eval_from {
    const struct play_series_db *db;
    unsigned                     replica;
    int64_t                      at_ms, known_ms;
};

/* The elements live in the arena.  STATUS_SYNTAX: another shape. */
enum status play_eval(struct arena *a, const struct play_eval_from *from, struct slice query,
                      struct play_vector *out, struct err *err) MUST_CHECK;

#endif
