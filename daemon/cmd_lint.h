/* cmd_lint.h - verdictd lint: what a PromQL expression probably does not mean. */
#ifndef DAEMON_CMD_LINT_H
#define DAEMON_CMD_LINT_H

#include "daemon/option.h"

extern const struct option_command cmd_lint_options;

/* argv[0] is "lint".  Exit code: 0 nothing to say, 1 something was said or the
 * expression was refused, 3 misuse. */
int cmd_lint(int argc, char **argv);

#endif
