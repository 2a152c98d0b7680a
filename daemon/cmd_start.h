/* cmd_start.h - `verdictd start`: a run begins before any gate asks. */
#ifndef DAEMON_CMD_START_H
#define DAEMON_CMD_START_H

#include "daemon/option.h"

extern const struct option_command cmd_start_options;

int cmd_start(int argc, char **argv);

#endif
