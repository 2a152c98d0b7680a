/* cmd_linttemplate.h - verdictd lint-template: what is wrong with the objects that
 * put a gate into a rollout. */
#ifndef DAEMON_CMD_LINTTEMPLATE_H
#define DAEMON_CMD_LINTTEMPLATE_H

#include "daemon/option.h"

extern const struct option_command cmd_linttemplate_options;

/* argv[0] is "lint-template".  Exit code: 0 nothing that fails open or shut, 1
 * something does (with --strict: anything was said), 3 a file could not be read
 * or misuse. */
int cmd_linttemplate(int argc, char **argv);

#endif
