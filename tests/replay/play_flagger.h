/* play_flagger.h - Flagger's scheduler over a whole rollout, as a model. */
#ifndef TESTS_REPLAY_PLAY_FLAGGER_H
#define TESTS_REPLAY_PLAY_FLAGGER_H

#include "tests/replay/play.h"

/* flagger STRATEGY ends PHASE within N | flagger STRATEGY stays PHASE for N, then
 * words for hooks that are wired too (rollout, confirm-rollout), then <<END lines
 * "TICK what happens before it": see README.md. */
void play_flagger_verb(struct play *p, const struct play_line *l);

#endif
