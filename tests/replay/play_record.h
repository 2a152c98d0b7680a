/* play_record.h - verbs for two plays of one script, with and without kills, that must agree. */
#ifndef TESTS_REPLAY_PLAY_RECORD_H
#define TESTS_REPLAY_PLAY_RECORD_H

#include "tests/replay/play.h"

void play_record_twin(struct play *p, const struct play_line *l);
void play_record_verb(struct play *p, const struct play_line *l);

#endif
