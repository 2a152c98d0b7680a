/* history.h - workers that answer reads of the history with whole JSON bodies. */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include "base/clock.h"
#include "webhooks/port.h"

struct history;

enum { HISTORY_MAX_QUEUED = 256, HISTORY_BODY_BYTES = 16 << 20 };

/* threads 0: history_run() answers inside the call, for virtual time.  The
 * clock is borrowed. */
struct history *history_new(const char *data_dir, unsigned threads, const struct clock *clock);

/* Answers what is queued, then ends the threads. */
void history_free(struct history *h);

/* Any thread; see struct port.  false: the queue is full. */
bool history_read(struct history *h, const struct port_read *read, port_read_fn done, void *ctx);

/* Answer one read on this thread: for the command line. */
void history_answer(const char *data_dir, const struct port_read *read, int64_t now_wall_ms,
                    port_read_fn done, void *ctx);

#endif
