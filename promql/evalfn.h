/* evalfn.h - how the evaluator calls a function of the language.
 *
 * The evaluator walks series, steps and windows; a function sees one value,
 * one window, one histogram or one list of label sets and knows nothing of
 * where they come from.  Implementations are pure but for notes_add(), may
 * run on any thread, and are found by evalfn_get().
 *
 * "Absent" (value_absent()) as a result means: no point here. */
#ifndef PROMQL_EVALFN_H
#define PROMQL_EVALFN_H

#include "base/arena.h"
#include "base/err.h"
#include "promql/ast.h"
#include "promql/labels.h"
#include "promql/notes.h"
#include "promql/value.h"

struct stage_ctx;

enum evalfn_kind {
    EVALFN_OWN,     /* the evaluator's own: time, pi, vector, scalar, timestamp, absent,
                     * absent_over_time; no pointer below is set */
    EVALFN_MAP,     /* map: one value of an instant vector, nothing else matters */
    EVALFN_POINT,   /* point: one value of an instant vector, and the other arguments */
    EVALFN_WINDOW,  /* window: the samples of one series in one window */
    EVALFN_BUCKETS, /* buckets: one classic histogram at one step */
    EVALFN_RELABEL, /* relabel: all label sets of a vector, values untouched */
    EVALFN_ORDER    /* before: order of an instant query's result */
};

/* What surrounds one call.  args holds the scalar arguments at this step in
 * the order of the call, without the vector; strings likewise. */
struct evalfn_call {
    const double       *args;
    size_t              n_args;
    const struct slice *strings;
    size_t              n_strings;
    int64_t             time_ms; /* the step's own time, whatever offset or @ say */
    struct slice        metric;  /* __name__ of the series or histogram; empty where names
                                  * are dropped at once */
    struct notes       *notes;
    struct stage_ctx   *ctx;  /* for stage_poll() in what works through many rows; may be NULL */
    struct err         *err;  /* a function that refuses its arguments sets it: the query fails */
    const struct node  *node; /* the call itself, for positions */
};

/* What rate and its kin need of a window's times, in seconds.  Series that share
 * their times share this too. */
struct evalfn_shape {
    double to_start, to_end; /* from the first and last sample as far as they reach */
    double sampled;          /* between the two */
    double range;
};

/* Up to so many times its growth a counter's line may have to be cut at zero: the cut is at
 * first value / growth times what was sampled, and some more than rounding can add. */
static inline double
evalfn_near_zero(const struct evalfn_shape *s)
{
    return s->to_start / s->sampled * (1 + 1e-9);
}

/* The samples of one series with start < t <= end, markers of staleness left
 * out; n >= 1. */
struct evalfn_window {
    const int64_t *t_ms; /* rising */
    const double  *v;
    size_t         n;
    int64_t        range_ms;
    int64_t        end_ms; /* the right edge: step time less offset, or @ less offset */

    /* Where fn->wants_falls: the values just before each fall (v[i] < v[i-1])
     * inside the window, in order of time; so rate and resets look at no more
     * than the ends. */
    const double *falls;
    size_t        n_falls;

    const struct evalfn_shape *shape; /* where fn->shape and n > 1; NULL: not known */

    double *scratch; /* where fn->wants_scratch: room for n values */
};

/* A series as sort functions and relabelling see it. */
struct evalfn_row {
    uint32_t labels;    /* id in the pool */
    bool     drop_name; /* __name__ goes when the query ends (delayed name removal) */
    double   value;     /* for before(); unset for relabel() */
};

struct evalfn {
    enum evalfn_kind kind;
    bool             keeps_name; /* first_over_time, last_over_time, relabelling, sorting */
    bool             speaks;     /* may make notes or refuse: every series is seen, wanted or not */
    bool             wants_falls;
    bool             wants_scratch;

    double (*map)(double v);
    double (*point)(double v, const struct evalfn_call *call);
    double (*window)(const struct evalfn_window *w, const struct evalfn_call *call);
    void (*shape)(const struct evalfn_window *w, struct evalfn_shape *out); /* or NULL */

    /* Where it is set, window() of a window without falls, whose first value is
     * negative or over evalfn_near_zero(), is v[n - 1] - v[0] times this. */
    double (*factor)(const struct evalfn_shape *shape);

    /* Buckets that are present at this step, by rising bound, equal bounds next
     * to each other and not yet joined; n >= 1.  Both arrays are scratch. */
    double (*buckets)(double *bounds, double *counts, size_t n, const struct evalfn_call *call);
    void (*step_note)(const struct evalfn_call *call); /* once a step, histogram or not; or NULL */

    /* Rewrite rows in place; new sets are interned in the pool.
     * STATUS_BAD_QUERY with Prometheus's own text for arguments it refuses. */
    enum status (*relabel)(struct evalfn_row *rows, size_t n, struct labels_pool *pool,
                           struct arena *scratch, const struct evalfn_call *call, struct err *err);

    /* Strictly before, for a stable sort. */
    bool (*before)(const struct evalfn_row *a, const struct evalfn_row *b,
                   const struct labels_pool *pool, const struct evalfn_call *call);
    const char *range_warning; /* EVALFN_ORDER in a range query: said instead of sorting */

    /* Window functions: called once for each series that had at least one
     * result (rate and increase over what is no counter).  May be NULL. */
    void (*series_note)(const struct evalfn_call *call);
};

/* NULL: the function is known to the grammar but not evaluated. */
const struct evalfn *evalfn_get(enum function_id id);

/* The place of argument arg without parentheses, counted over all of the call from 0:
 * for notes_add(call->notes, NOTE_…, evalfn_arg_place(call, 0), "…"). */
static inline struct place
evalfn_arg_place(const struct evalfn_call *call, size_t arg)
{
    return ast_bare(call->node->u.call.args[arg])->place;
}

#endif
