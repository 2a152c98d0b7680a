/* runs.h - all live runs of the daemon, and those whose end is still told. */
#ifndef DAEMON_RUNS_H
#define DAEMON_RUNS_H

#include "daemon/liverun.h"

struct runs;

struct runs *runs_new(struct app *app);
void         runs_free(struct runs *r);

/* Take the live runs of the history up again, and the aborts of the last hour.
 * A run that cannot be gone on with is ended in the history, with the cause. */
enum status runs_restore(struct runs *r, struct err *err) MUST_CHECK;

/* NULL: none.  Borrowed until the next call of runs_open or runs_sweep. */
struct liverun *runs_find(struct runs *r, const char *ns, const char *service,
                          const char *revision);

/* By its id; NULL: none, or not told any more. */
struct liverun *runs_by_id(struct runs *r, const char *id);

/* Whether a run in this phase answers the target: who names another one does not
 * ask about it.  An abort is the revision's, whatever phase comes next. */
bool runs_fits_phase(const struct target *t, enum phase phase, bool aborted);

/* The run of this question: the live one, the ended one that is still told
 * (unless retry), or a new one, which ends those of other revisions, and the
 * one of this revision whose phase the target does not fit.
 * STATUS_BUSY: a cap is reached (hold too_many_runs).  STATUS_CONFLICT: the
 * phase was left just now (hold run_ended).  Else err says what is wrong with
 * the target. */
enum status runs_open(struct runs *r, const struct target *t, bool retry, struct liverun **out,
                      struct err *err) MUST_CHECK;

/* Whether this revision has or had a run, as far as the history knows. */
bool runs_was_tried(struct runs *r, const struct target *t);

/* End what is over, drop what is no longer told. */
void runs_sweep(struct runs *r);

size_t runs_count(const struct runs *r);

/* All that are known, those whose end is still told too. */
void runs_each(const struct runs *r, void (*each)(void *ctx, const struct run *run), void *ctx);

#endif
