/* gatelog.h - gate calls for the history: the first, the changes, a count per minute. */
#ifndef DAEMON_GATELOG_H
#define DAEMON_GATELOG_H

#include "base/clock.h"
#include "store/store.h"
#include "webhooks/port.h"

struct gatelog;

/* Both borrowed.  Loop thread. */
struct gatelog *gatelog_new(struct store *store, const struct clock *clock);
void            gatelog_free(struct gatelog *g);

/* A call whose answer is another than the last one of the same run, gate and
 * stage is stored at once; equal ones are counted. */
void gatelog_told(struct gatelog *g, const struct port_told *told);

/* Store counts that are a minute old; call it every few seconds. */
void gatelog_flush(struct gatelog *g, bool all);

#endif
