/* eval.h - evaluate a parsed expression at one instant or over a range.
 *
 * A query is planned first: every series that can appear in a result, and every
 * group and match between series, becomes an integer before a sample is
 * touched; then rows of values over all steps are streamed through the plan.
 * Semantics are those of Prometheus 3.x (promql/engine.go) for float samples. */
#ifndef PROMQL_EVAL_H
#define PROMQL_EVAL_H

#include "promql/ast.h"
#include "promql/notes.h"
#include "promql/source.h"
#include "promql/value.h"

#include "base/clock.h"

/* Each with its own error text and STATUS_LIMIT (STATUS_TIMEOUT for the time).
 * 0 stands for the default in EVAL_DEFAULT_…. */
struct eval_limits {
    uint64_t max_samples;      /* read from the source, or held between steps, in all */
    size_t   max_series;       /* of one selector, and of any one intermediate result; all
                                * selectors together may find four times as many */
    size_t   max_points;       /* steps of a range query, and of one subquery */
    size_t   max_result_bytes; /* of the columns and label sets handed back */
    size_t   max_memory_bytes; /* of the arena, for all of the query */
    uint32_t max_depth;        /* of the tree */
    int64_t  timeout_ms;
};

enum {
    EVAL_DEFAULT_SAMPLES = 50 * 1000 * 1000,
    EVAL_DEFAULT_SERIES = 1000 * 1000,
    EVAL_DEFAULT_POINTS = 5 * 1000 * 1000,
    EVAL_DEFAULT_RESULT_BYTES = 256 * 1024 * 1024,
    EVAL_DEFAULT_MEMORY_BYTES = 1024 * 1024 * 1024,
    EVAL_DEFAULT_DEPTH = AST_MAX_DEPTH,
    EVAL_DEFAULT_TIMEOUT_MS = 120 * 1000,
    EVAL_DEFAULT_LOOKBACK_MS = 5 * 60 * 1000,
    EVAL_DEFAULT_SUBQUERY_STEP_MS = 60 * 1000,
};

struct eval_request {
    int64_t start_ms, end_ms; /* an instant query is at start_ms */
    int64_t step_ms;          /* 0: an instant query */

    int64_t lookback_ms;      /* 0: five minutes */
    int64_t subquery_step_ms; /* of "[5m:]"; 0: one minute */

    /* __name__ (and __type__, __unit__) go at the end of the query instead of
     * at each function: Prometheus's flag promql-delayed-name-removal. */
    bool delayed_names;

    struct eval_limits  limits;
    const struct clock *clock;  /* NULL: no limit of time */
    const atomic_bool  *cancel; /* set by another thread; may be NULL */
};

struct eval_stats {
    uint64_t samples; /* as limits.max_samples counts */
    uint64_t series;  /* selected, summed over selectors */
};

/* Lives in the arena; labels of the value are ids in the pool, which reads the
 * source's symbols and therefore ends with the reader: see eval_close(). */
struct eval_result {
    struct value          value;
    struct labels_pool   *pool;
    struct notes          notes;
    struct eval_stats     stats;
    struct source_reader *reader;
};

/* query is the text the tree was parsed from, for positions in notes.  The tree
 * is only read.  Whatever the status, eval_close() follows when the result has
 * been used.
 *
 * STATUS_BAD_QUERY  Prometheus's own error text (duplicate label sets, matching)
 * STATUS_RANGE      start, end and step do not make a range, or the expression
 *                   is not one for range queries
 * STATUS_LIMIT, STATUS_TIMEOUT, STATUS_CANCELLED, and what the source returns */
enum status eval_run(const struct node *tree, struct slice query, const struct source *source,
                     const struct eval_request *request, struct arena *arena,
                     struct eval_result *result, struct err *err) MUST_CHECK;

/* Give the source's reader back.  Columns of the value are copies and stay;
 * label texts do not: copy or write them first.  Safe when called twice. */
void eval_close(struct eval_result *result);

#endif
