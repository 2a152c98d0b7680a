/* play_expect.h - verbs that say what must come. */
#ifndef TESTS_REPLAY_PLAY_EXPECT_H
#define TESTS_REPLAY_PLAY_EXPECT_H

#include "tests/replay/play.h"

void play_expect_verb(struct play *p, const struct play_line *l);
void play_expect_until(struct play *p, const struct play_line *l);
void play_expect_always(struct play *p, const struct play_line *l);

#endif
