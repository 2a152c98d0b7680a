/* stage.h - one node of a planned query: rows of values over the steps.
 *
 * Planning builds stages from the leaves up.  When a stage is built, its rows
 * (which series it can yield, under which labels) are known; values flow when a
 * parent pulls rows, one series over all steps at a time.  A row that is absent
 * at every step is a series that is not there.  Stages live in the query's
 * arena and belong to one thread. */
#ifndef PROMQL_STAGE_H
#define PROMQL_STAGE_H

#include "promql/eval.h"
#include "promql/rowset.h"

/* The steps: start, start + step, …; n may be 0 inside a subquery. */
struct stage_grid {
    int64_t start_ms, step_ms;
    size_t  n;
};

static inline int64_t
stage_time(const struct stage_grid *g, size_t step)
{
    return g->start_ms + (int64_t)step * g->step_ms;
}

/* What all stages of one evaluation share. */
struct stage_ctx {
    struct arena              *arena;
    struct labels_pool        *pool;
    struct source_reader      *reader;
    struct notes              *notes;
    const struct eval_request *request; /* defaults filled in */
    struct err                *err;     /* never NULL */
    struct stage             **obliged; /* in the order they were built */
    size_t                     n_obliged, cap_obliged;
    struct source_scratch     *scratch; /* one for each column that is open at a time */
    size_t                     n_scratch, cap_scratch;
    struct eval_stats          stats;
    size_t                     start_bytes; /* of the arena when the query began */
    int64_t                    deadline_ms; /* of the monotonic clock */
    uint32_t                   polls;

    /* An instant query with delayed names: series that have become equal stay
     * apart until the end, as upstream's do. */
    bool keep_twins;
};

struct stage {
    struct stage_ctx  *ctx;
    const struct node *node;
    struct stage_grid  grid;
    struct rowset      rows;

    /* Values of row i, grid.n of them, absent where there is no point. */
    enum status (*row)(struct stage *s, size_t i, double *out);

    /* Range vectors instead: the samples of row i without markers of staleness;
     * good until the next call.  same_times: the times at that address will not
     * change, so bounds found for them hold wherever the address comes again. */
    enum status (*column)(struct stage *s, size_t i, struct source_column *out, bool *same_times);
    int64_t range_ms;
    int64_t shift_ms; /* the right edge at step time t is t - shift, or else the time pinned by @ */
    bool    pinned;
    int64_t pinned_ms;

    /* Instead of row: all rows at once, into held. */
    enum status (*fill)(struct stage *s);

    /* Of obliged stages: said or refused once, whatever rows there are; may be NULL. */
    enum status (*check)(struct stage *s);
    bool  obliged;
    bool *asked; /* by row: computed already */

    double *held; /* all rows, once fill() or stage_hold() has run */
    void   *own;  /* the kind's own */
};

/* A stage over the same steps as its parents', or over others. */
struct stage *stage_new(struct stage_ctx *ctx, const struct node *node, struct stage_grid grid);

/* Rows with these sets and flags; drops may be NULL for none.  STATUS_LIMIT: over
 * limits.max_series. */
enum status stage_set_rows(struct stage *s, size_t n, uint32_t *ids, const bool *drops) MUST_CHECK;

/* One row, {}. */
enum status stage_set_one_row(struct stage *s) MUST_CHECK;

uint32_t stage_set_id(const struct stage *s, size_t row);

/* Row i: out itself, or held memory.  out has room for grid.n values. */
enum status stage_pull(struct stage *s, size_t i, double *out, const double **row) MUST_CHECK;

/* Compute all rows once and keep them; later pulls are free. */
enum status stage_hold(struct stage *s) MUST_CHECK;

/* A stage that may refuse its rows, or say something about them, is obliged to do
 * so although nobody pulls them (upstream evaluates every node whole):
 * stage_settle() makes up for it before the query ends. */
void        stage_oblige(struct stage *s);
enum status stage_settle(struct stage_ctx *ctx) MUST_CHECK;

/* Whether any value of a row is there. */
bool stage_any(const double *row, size_t n);

/* Room for one row; for n doubles that count against max_samples. */
double     *stage_buffer(const struct stage *s);
enum status stage_take(struct stage_ctx *ctx, size_t n, double **out) MUST_CHECK;

/* Count samples; the one place that says which limit was passed. */
enum status stage_count(struct stage_ctx *ctx, uint64_t samples) MUST_CHECK;

/* Time, memory and cancellation; cheap enough to call for each row. */
enum status stage_poll(struct stage_ctx *ctx) MUST_CHECK;

/* The right edge of the window, or the newest time a selector sees, at a step. */
static inline int64_t
stage_edge(const struct stage *s, size_t step)
{
    return s->pinned ? s->pinned_ms : stage_time(&s->grid, step) - s->shift_ms;
}

/* A scratch for columns, released when the query ends. */
size_t stage_scratch(struct stage_ctx *ctx);

/* The labels pool's sticky status as an error of the query. */
enum status stage_pool_status(struct stage_ctx *ctx) MUST_CHECK;

/* The one value of a step-invariant stage at every step of a wider grid. */
struct stage *stage_repeat(struct stage *once, struct stage_grid grid);

#endif
