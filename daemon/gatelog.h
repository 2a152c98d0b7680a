/* gatelog.h - gate calls for the history: the first, the changes, a count per minute. */
#ifndef DAEMON_GATELOG_H
#define DAEMON_GATELOG_H

#include "base/clock.h"
#include "store/store.h"
#include "webhooks/port.h"

struct gatelog;

/* How long the loop need not hear of an answer that is given again and again. */
enum { GATELOG_REPEAT_MS = 1000 };

/* Both borrowed.  Loop thread, but for gatelog_repeats(). */
struct gatelog *gatelog_new(struct store *store, const struct clock *clock);
void            gatelog_free(struct gatelog *g);

/* A call whose answer is another than the last one of the same run, gate and
 * stage is stored at once; equal ones are counted. */
void gatelog_told(struct gatelog *g, const struct port_told *told);

/* Any thread.  True: the same answer, with the same weight if one was said, was taken by
 * gatelog_told() or was false here just now, and this call is counted: the loop need not
 * hear of it, and has no heap of letters to read where it comes late. */
bool gatelog_repeats(struct gatelog *g, const struct port_told *told);

/* Any thread: so many calls will not be in the history; and how many are not, since the
 * start. */
void     gatelog_lose(struct gatelog *g, uint64_t calls);
uint64_t gatelog_lost(const struct gatelog *g);

/* Store counts that are a minute old, and log what was lost; call it every few seconds. */
void gatelog_flush(struct gatelog *g, bool all);

#endif
