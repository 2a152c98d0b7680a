/* cmd_restore.h - verdictd restore: put a backup in the place of the history, with the daemon stopped. */
#ifndef DAEMON_CMD_RESTORE_H
#define DAEMON_CMD_RESTORE_H

#include "daemon/option.h"

extern const struct option_command cmd_restore_options;

int cmd_restore(int argc, char **argv);

#endif
