/* play_upgrade.h - the daemon is stopped, and the next one finds the history of an
 * older version. */
#ifndef TESTS_REPLAY_PLAY_UPGRADE_H
#define TESTS_REPLAY_PLAY_UPGRADE_H

#include "tests/replay/play.h"

/* upgrade from FILE.sql [<<END]: as `kill daemon`, but what is on disk is made of the
 * statements in the file, which lies beside the script, and of those that follow. */
void play_upgrade_verb(struct play *p, const struct play_line *l);

#endif
