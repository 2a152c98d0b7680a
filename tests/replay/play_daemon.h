/* play_daemon.h - verbs about the daemon and time. */
#ifndef TESTS_REPLAY_PLAY_DAEMON_H
#define TESTS_REPLAY_PLAY_DAEMON_H

#include "tests/replay/play.h"

void play_daemon_start(struct play *p, const struct play_line *l);
void play_daemon_restart(struct play *p, const struct play_line *l);
void play_daemon_kill(struct play *p, const struct play_line *l);
void play_daemon_reload(struct play *p, const struct play_line *l);
void play_daemon_store(struct play *p, const struct play_line *l);
void play_daemon_at(struct play *p, const struct play_line *l);
void play_daemon_after(struct play *p, const struct play_line *l);
void play_daemon_wall(struct play *p, const struct play_line *l);

#endif
