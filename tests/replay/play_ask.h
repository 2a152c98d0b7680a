/* play_ask.h - verbs that ask the gates. */
#ifndef TESTS_REPLAY_PLAY_ASK_H
#define TESTS_REPLAY_PLAY_ASK_H

#include "tests/replay/play.h"

void play_ask_verb(struct play *p, const struct play_line *l);
void play_ask_get(struct play *p, const struct play_line *l);

/* The last question again. */
void play_ask_again(struct play *p);

#endif
