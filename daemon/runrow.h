/* runrow.h - a run as rows of the history, and what a restart reads of them.
 *
 * Texts are made in the ones given; rows borrow them, and the run. */
#ifndef DAEMON_RUNROW_H
#define DAEMON_RUNROW_H

#include "analyzer/record.h"
#include "analyzer/run.h"
#include "base/text.h"
#include "daemon/points.h"

/* The whole of the run; base_ms is the snapshot from which a restart goes on. */
struct record_run runrow_run(const struct run *run, struct points *points, struct slice policy_text,
                             const struct verdict_view *v, int64_t base_ms, struct text *numbers,
                             struct text *state);

/* With what the run was told since the interval before. */
struct record_interval runrow_interval(const struct run *run, const struct interval *i,
                                       struct text *packed);

/* An answer, under an id of its own. */
struct record_verdict runrow_verdict(const struct run *run, const struct view_answer *a,
                                     int64_t at_ms, struct slice numbers,
                                     const struct entropy *entropy);

/* The stored state: what the run's points have counted, base_ms, runstate; without
 * the first where an older version stored it.  STATUS_SYNTAX: not such bytes. */
enum status runrow_unpack(struct slice blob, const struct policy *p, struct run *run,
                          int64_t *base_ms, struct err *err) MUST_CHECK;

/* What of it runstate_unpack() reads; borrowed from it, empty where it is broken. */
struct slice runrow_state(struct slice blob, int64_t *base_ms);

/* Points count on from it, where it says what they had counted. */
void runrow_points(struct slice blob, struct points *points);

#endif
