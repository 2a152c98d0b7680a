/* play_fact.h - what an expectation can be about, as JSON. */
#ifndef TESTS_REPLAY_PLAY_FACT_H
#define TESTS_REPLAY_PLAY_FACT_H

#include "tests/replay/play.h"

/* status, line, body, body.KEY.KEY[0], log, error, asked, wall_ms,
 * counts.VIEW.ARM.{requests,faults,timed,no_response}, counts.VIEW.unattributed,
 * counts.{intervals,resets,partial_resets} (of the newest run's stored
 * intervals).  NULL: absent.  Owned by the caller. */
json_t *play_fact_get(struct play *p, struct slice path);

/* Fail unless the stored intervals of the newest run have every cell and the
 * number of durations that the ledger of truth has. */
void play_fact_ledger(struct play *p);

#endif
