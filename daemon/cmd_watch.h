/* cmd_watch.h - `verdictd watch`: runs of a daemon, live. */
#ifndef DAEMON_CMD_WATCH_H
#define DAEMON_CMD_WATCH_H

#include "daemon/option.h"

extern const struct option_command cmd_watch_options;

/* Redrawn in place on a terminal, elsewhere a line for each change.  A daemon
 * that does not answer is asked again until it does. */
int cmd_watch(int argc, char **argv);

#endif
