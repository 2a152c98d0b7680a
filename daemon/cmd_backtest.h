/* cmd_backtest.h - `verdictd backtest --service S --days N`: a service's past under a policy. */
#ifndef DAEMON_CMD_BACKTEST_H
#define DAEMON_CMD_BACKTEST_H

#include "daemon/option.h"

extern const struct option_command cmd_backtest_options;

/* Asks the source for every scrape of those days, which takes minutes; shows
 * how far it is on standard error.
 * Exit code 0; 1: realised false rollbacks are over the configured rate for
 * certain; 2: too little was seen to say anything; 3: could not ask. */
int cmd_backtest(int argc, char **argv);

#endif
