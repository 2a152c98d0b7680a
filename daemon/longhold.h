/* longhold.h - which runs are told hold for longer than anybody should wait unheard. */
#ifndef DAEMON_LONGHOLD_H
#define DAEMON_LONGHOLD_H

#include "analyzer/run.h"
#include "daemon/config.h"

/* For how long, where that is as long as waits.report_after or longer, else 0.  Hours in
 * which the policy lets no step go on do not count, nor does what advice holds back. */
int64_t longhold_ms(const struct run *r, const struct config_waits *w, int64_t now_ms);

#endif
