/* play_traffic.h - verbs about proxies, pods and their requests. */
#ifndef TESTS_REPLAY_PLAY_TRAFFIC_H
#define TESTS_REPLAY_PLAY_TRAFFIC_H

#include "tests/replay/play.h"

void play_traffic_service(struct play *p, const struct play_line *l);
void play_traffic_proxy(struct play *p, const struct play_line *l);
void play_traffic_pod(struct play *p, const struct play_line *l);
void play_traffic_rate(struct play *p, const struct play_line *l);
void play_traffic_add(struct play *p, const struct play_line *l);
void play_traffic_quiet(struct play *p, const struct play_line *l);
void play_traffic_exposition(struct play *p, const struct play_line *l);
void play_traffic_scrape(struct play *p, const struct play_line *l);
void play_traffic_ledger(struct play *p, const struct play_line *l);

#endif
