/* cmd_serve.h - `verdictd serve`: the daemon itself. */
#ifndef DAEMON_CMD_SERVE_H
#define DAEMON_CMD_SERVE_H

#include "daemon/option.h"

extern const struct option_command cmd_serve_options;

/* Until SIGTERM or SIGINT; SIGHUP reloads the configuration and the tokens.
 * Exit code 0, or 1 when it could not start. */
int cmd_serve(int argc, char **argv);

#endif
