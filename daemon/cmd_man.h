/* cmd_man.h - `verdictd man`: the manual page, and the page of docs. */
#ifndef DAEMON_CMD_MAN_H
#define DAEMON_CMD_MAN_H

#include "daemon/option.h"

extern const struct option_command cmd_man_options;

int cmd_man(int argc, char **argv);

#endif
