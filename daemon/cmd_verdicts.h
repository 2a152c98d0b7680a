/* cmd_verdicts.h - `verdictd verdicts`: the changes of verdict over all runs, newest first. */
#ifndef DAEMON_CMD_VERDICTS_H
#define DAEMON_CMD_VERDICTS_H

#include "daemon/option.h"

extern const struct option_command cmd_verdicts_options;

int cmd_verdicts(int argc, char **argv);

#endif
