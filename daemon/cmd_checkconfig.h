/* cmd_checkconfig.h - verdictd check-config: every mistake of a file, or a summary. */
#ifndef DAEMON_CMD_CHECKCONFIG_H
#define DAEMON_CMD_CHECKCONFIG_H

#include "daemon/option.h"

extern const struct option_command cmd_checkconfig_options;

/* argv[0] is "check-config".  Exit code: 0 ok, 1 the file has mistakes, 3 the
 * command line has. */
int cmd_checkconfig(int argc, char **argv);

#endif
