/* cmd_replay.h - `verdictd replay RUN`: judge a stored run again, byte by byte. */
#ifndef DAEMON_CMD_REPLAY_H
#define DAEMON_CMD_REPLAY_H

#include "daemon/option.h"

extern const struct option_command cmd_replay_options;

/* Exit code 0: the same bytes; 1: they differ; 3: it cannot be played. */
int cmd_replay(int argc, char **argv);

#endif
