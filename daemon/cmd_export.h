/* cmd_export.h - verdictd export: rows of the history as JSON Lines or CSV. */
#ifndef DAEMON_CMD_EXPORT_H
#define DAEMON_CMD_EXPORT_H

#include "daemon/option.h"

extern const struct option_command cmd_export_options;

int cmd_export(int argc, char **argv);

#endif
