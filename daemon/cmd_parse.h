/* cmd_parse.h - verdictd parse: one PromQL expression in its canonical form. */
#ifndef DAEMON_CMD_PARSE_H
#define DAEMON_CMD_PARSE_H

#include "daemon/option.h"

extern const struct option_command cmd_parse_options;

/* argv[0] is "parse".  Exit code: 0 parsed, 1 refused, 3 misuse. */
int cmd_parse(int argc, char **argv);

#endif
