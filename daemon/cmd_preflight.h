/* cmd_preflight.h - `verdictd preflight`: what a source shows of a service. */
#ifndef DAEMON_CMD_PREFLIGHT_H
#define DAEMON_CMD_PREFLIGHT_H

#include "daemon/option.h"

extern const struct option_command cmd_preflight_options;

/* Needs no daemon and no rollout.  Exit code 0 a run can be judged, 1 it would
 * hold for a reason that is printed, 3 the source could not be asked. */
int cmd_preflight(int argc, char **argv);

#endif
