/* play_record.h - what a script left in the history: of two plays, and judged again. */
#ifndef TESTS_REPLAY_PLAY_RECORD_H
#define TESTS_REPLAY_PLAY_RECORD_H

#include "tests/replay/play.h"

void play_record_twin(struct play *p, const struct play_line *l);
void play_record_verb(struct play *p, const struct play_line *l);
void play_record_again(struct play *p);

#endif
