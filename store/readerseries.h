/* readerseries.h - reading the history for its series (docs/SERIES.md).
 *
 * Everything by the history's own numbers of rows, which rise, so that who asks again
 * asks only for what is new.  Calls and errors are as in reader.h. */
#ifndef STORE_READERSERIES_H
#define STORE_READERSERIES_H

#include "store/reader.h"

struct readerseries_run {
    int64_t      row;
    struct slice id, ns, service, revision, canary, baseline, key, policy, source, end_cause;
    int64_t      attempt, started_ms, ended_ms; /* wall; 0: it lives */
    enum verdict verdict;
};

struct readerseries_point {
    int64_t      at_ms;
    struct slice row; /* point_unpack() */
};

struct readerseries_act {
    int64_t      row, run; /* run: its row */
    int64_t      at_ms;
    struct slice action;
};

typedef bool (*readerseries_run_fn)(void *ctx, const struct readerseries_run *run);
typedef bool (*readerseries_point_fn)(void *ctx, const struct readerseries_point *point);
typedef bool (*readerseries_act_fn)(void *ctx, const struct readerseries_act *act);
typedef bool (*readerseries_label_fn)(void *ctx, int64_t row, struct slice text);

enum { READERSERIES_ROWS = 1000 }; /* in one page */

/* Rows after this one, READERSERIES_ROWS at most, ascending. */
enum status readerseries_runs(struct reader *r, int64_t after, readerseries_run_fn fn, void *ctx,
                              struct err *err) MUST_CHECK;
enum status readerseries_acts(struct reader *r, int64_t after, readerseries_act_fn fn, void *ctx,
                              struct err *err) MUST_CHECK;
enum status readerseries_labels(struct reader *r, int64_t after, readerseries_label_fn fn,
                                void *ctx, struct err *err) MUST_CHECK;

/* One of them as it is now; fn is not called where it is gone. */
enum status readerseries_run(struct reader *r, int64_t row, readerseries_run_fn fn, void *ctx,
                             struct err *err) MUST_CHECK;

/* The oldest run there is; 0: none. */
enum status readerseries_first_run(struct reader *r, int64_t *row, struct err *err) MUST_CHECK;

/* All points of a run that are kept, ascending.  An id of no run has none. */
enum status readerseries_points_of(struct reader *r, const char *id, readerseries_point_fn fn,
                                   void *ctx, struct err *err) MUST_CHECK;

/* A run's points in both times and between, those of the level and above
 * (struct record_point), ascending. */
enum status readerseries_points(struct reader *r, int64_t run, int64_t from_ms, int64_t to_ms,
                                int level, readerseries_point_fn fn, void *ctx,
                                struct err *err) MUST_CHECK;

#endif
