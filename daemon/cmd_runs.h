/* cmd_runs.h - `verdictd runs`: the runs of the history, newest first. */
#ifndef DAEMON_CMD_RUNS_H
#define DAEMON_CMD_RUNS_H

#include "daemon/option.h"

extern const struct option_command cmd_runs_options;

/* Reads the history beside a running daemon, or without one.
 * Exit code 0, 3 when it could not be read. */
int cmd_runs(int argc, char **argv);

#endif
