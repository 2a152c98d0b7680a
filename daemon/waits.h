/* waits.h - reads of the history that wait until something new is in it.
 *
 *   waits_read --letter--> waiting --waits_wake, its time, caller gone--> history_read --> done
 *                             |
 *        (seen) --history_read--> newer than seen: the same at once
 *
 * It waits first and looks then, so that nothing which is stored between is missed.
 * No thread is held: a place is all that a wait costs. */
#ifndef DAEMON_WAITS_H
#define DAEMON_WAITS_H

#include "analyzer/run.h"
#include "daemon/app.h"

enum { WAITS_MOST = 256 };

struct waits *waits_new(struct app *app);

/* Loop thread.  Who waits is told that the server ends, and so is who comes later. */
void waits_stop(struct waits *w);

/* After history_free(): no read is under way any more. */
void waits_free(struct waits *w);

/* Any thread; the read of struct port where its wait_ms is set.  Over WAITS_MOST
 * the answer is 503. */
bool waits_read(struct waits *w, const struct port_read *read, port_read_fn done, void *ctx);

/* Loop thread: a verdict of this run is in the history now, or its end. */
void waits_wake(struct waits *w, const struct run_identity *who);

#endif
