/* liverun.h - a run while it lives: its ticks, its durability, what it tells.
 *
 * Every tick takes one snapshot at one explicit time of a grid that starts with
 * the run, so that a restart or an outage is caught up on the same instants.
 *
 * What is decided is stored, and told by these rules (design.md §2.4): a change
 * to pass when it is durable; an abort when it is durable, or after 2 s all the
 * same; hold and fail at once. */
#ifndef DAEMON_LIVERUN_H
#define DAEMON_LIVERUN_H

#include "analyzer/run.h"
#include "daemon/app.h"
#include "daemon/target.h"
#include "store/reader.h"

struct liverun;

/* Start judging.  The run is published and answers are due once its first row
 * is durable; opened is then called on the loop thread with the outcome. */
typedef void (*liverun_fn)(void *ctx, enum status s);
enum status liverun_start(struct app *app, const struct target *t, uint32_t attempt,
                          struct liverun **out, struct err *err) MUST_CHECK;

/* Go on with a stored one.  One of another version is judged again from its
 * intervals, which are read by rows (migration.h).  STATUS_CONFLICT: it cannot be
 * gone on with (its policy, source or service is configured otherwise now, or the
 * intervals are gone); err is the cause to end it with.
 * verdict_id: ULID_BYTES, of its last stored verdict, "" for none. */
enum status liverun_restore(struct app *app, const struct record_run *row, const char *verdict_id,
                            struct reader *rows, struct liverun **out, struct err *err) MUST_CHECK;

void liverun_free(struct liverun *l);

const struct run *liverun_run(const struct liverun *l);

/* l is of the same revision in its next phase. */
void liverun_follows(struct liverun *l, const struct liverun *before);

/* When the revision was last judged in this phase, monotonic; 0: not before
 * this one, as far as this process knows. */
int64_t liverun_phase_left(const struct liverun *l, enum phase phase);

/* Called once what was submitted so far is durable or has failed. */
void liverun_when_durable(struct liverun *l, liverun_fn done, void *ctx);

/* Somebody asked: notes the time, the weight. */
void liverun_asked(struct liverun *l, double weight);

/* The gates' changes; each is stored. */
void liverun_confirm_seen(struct liverun *l);
bool liverun_first_step(struct liverun *l);     /* false: was granted before */
bool liverun_promotion_told(struct liverun *l); /* false: not pass any more */
void liverun_end(struct liverun *l, const char *cause);

/* A person's act, stored with its consequence in one transaction.  by and why
 * are in *o.  false: nothing was changed, and the run takes no such word now
 * (run_override); STATUS_BUSY in err: the act before is not stored yet. */
enum status liverun_override(struct liverun *l, const struct override *o, const char *via,
                             struct err *err) MUST_CHECK;

/* The same by a link, whose id is stored with it. */
enum status liverun_override_by_link(struct liverun *l, const struct override *o, const char *link,
                                     struct err *err) MUST_CHECK;

/* The same for the end of the run by hand; *o has by and why alone. */
enum status liverun_end_by_hand(struct liverun *l, const struct override *o, const char *via,
                                struct err *err) MUST_CHECK;

/* End what is over by itself.  true: the run may be dropped. */
bool liverun_sweep(struct liverun *l);

/* Publish the present view. */
void liverun_publish(struct liverun *l);

#endif
