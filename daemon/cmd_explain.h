/* cmd_explain.h - `verdictd explain RUN`: what was compared, the counts, why. */
#ifndef DAEMON_CMD_EXPLAIN_H
#define DAEMON_CMD_EXPLAIN_H

#include "daemon/option.h"

extern const struct option_command cmd_explain_options;

/* Reads the history beside a running daemon, or without one.
 * Exit code 0, 3 when there is no such run or it could not be read. */
int cmd_explain(int argc, char **argv);

#endif
