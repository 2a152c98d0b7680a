/* cmd_query.h - verdictd query: one PromQL expression, its table or JSON. */
#ifndef DAEMON_CMD_QUERY_H
#define DAEMON_CMD_QUERY_H

#include "daemon/option.h"

extern const struct option_command cmd_query_options;

/* argv[0] is "query".  Exit code: 0 ok, 3 for everything else, with the typed
 * reason and Prometheus's own message on standard error. */
int cmd_query(int argc, char **argv);

#endif
