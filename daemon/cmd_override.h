/* cmd_override.h - verdictd override: a person's word over a run of a daemon. */
#ifndef DAEMON_CMD_OVERRIDE_H
#define DAEMON_CMD_OVERRIDE_H

#include "daemon/option.h"

extern const struct option_command cmd_override_options;

/* argv[0] is "override".  Exit code: 0 it was taken, 1 it was refused, 3 misuse
 * or no answer. */
int cmd_override(int argc, char **argv);

#endif
