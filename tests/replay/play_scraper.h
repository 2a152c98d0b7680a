/* play_scraper.h - verbs about the Prometheus that scrapes and answers. */
#ifndef TESTS_REPLAY_PLAY_SCRAPER_H
#define TESTS_REPLAY_PLAY_SCRAPER_H

#include "tests/replay/play.h"

void play_scraper_replica(struct play *p, const struct play_line *l);
void play_scraper_answer_from(struct play *p, const struct play_line *l);
void play_scraper_flap(struct play *p, const struct play_line *l);
void play_scraper_hook(struct play *p, const struct play_line *l);
void play_scraper_source(struct play *p, const struct play_line *l);

#endif
