/* cmd_completion.h - `verdictd completion bash|zsh|fish`: a script for the shell. */
#ifndef DAEMON_CMD_COMPLETION_H
#define DAEMON_CMD_COMPLETION_H

#include "daemon/option.h"

extern const struct option_command cmd_completion_options;

int cmd_completion(int argc, char **argv);

#endif
