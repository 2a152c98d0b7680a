/* cmd_help.h - `verdictd help`: the list of commands, or the help of one. */
#ifndef DAEMON_CMD_HELP_H
#define DAEMON_CMD_HELP_H

#include "daemon/option.h"

extern const struct option_command cmd_help_options;

int cmd_help(int argc, char **argv);

#endif
