/* cmd_backup.h - verdictd backup: copy the history into one file, beside a running daemon. */
#ifndef DAEMON_CMD_BACKUP_H
#define DAEMON_CMD_BACKUP_H

#include "daemon/option.h"

extern const struct option_command cmd_backup_options;

int cmd_backup(int argc, char **argv);

#endif
