/* cmd_import.h - verdictd import: rows of an export into a history. */
#ifndef DAEMON_CMD_IMPORT_H
#define DAEMON_CMD_IMPORT_H

#include "daemon/option.h"

extern const struct option_command cmd_import_options;

int cmd_import(int argc, char **argv);

#endif
