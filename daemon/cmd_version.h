/* cmd_version.h - `verdictd version`. */
#ifndef DAEMON_CMD_VERSION_H
#define DAEMON_CMD_VERSION_H

#include "daemon/option.h"

extern const struct option_command cmd_version_options;

int cmd_version(int argc, char **argv);

#endif
