/* backtestjson.h - what a look at the past came to, as `verdictd backtest --json` prints it. */
#ifndef DAEMON_BACKTESTJSON_H
#define DAEMON_BACKTESTJSON_H

#include "base/jsonout.h"
#include "daemon/backtest.h"

/* Members of the open object.  What is "never" or not known is left out. */
void backtestjson_put(struct jsonout *j, const struct backtest_report *r,
                      double false_rollback_rate);

#endif
