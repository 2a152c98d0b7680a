/* migration.h - stored runs of other versions of verdictd, gone on with.
 *
 * An upgrade ends no rollout: a run is a pure function of its policy and of what it
 * was told, so one whose stored state this version does not read is judged again
 * by this version's rules, from its start.  Where the history has the log of all
 * that it was told, that is what a run of this version would have come to, bit
 * for bit (playback.h); where it has none, the intervals and the head of the
 * state have to do (analyzer/rerun.h). */
#ifndef DAEMON_MIGRATION_H
#define DAEMON_MIGRATION_H

#include "analyzer/run.h"
#include "daemon/config.h"
#include "store/reader.h"

/* Today's policy of the row's name and phase, if the row's was stored by a version
 * with other keys and what was written for it is unchanged; else NULL.  Values
 * are the caller's configuration's. */
const struct policy *migration_policy(const struct config *c, const struct record_run *row);

enum migration_way { MIGRATION_REPLAYED, MIGRATION_RECOMPUTED };

/* The row's run as of its last stored moment, under p, which it borrows; its
 * intervals are read by r.
 * STATUS_CONFLICT: what it was told is not all in the history, or cannot be read;
 * err is the cause to end it with. */
enum status migration_run(struct reader *r, const struct record_run *row, const struct policy *p,
                          struct run *out, enum migration_way *way, struct err *err) MUST_CHECK;

/* As it is told: "replayed", "recomputed". */
const char *migration_way_text(enum migration_way way);

#endif
