/* workers.h - a pool of threads that compute: PromQL evaluation, large answers.
 *
 * Jobs start in the order they came.  There is one pool for what verdicts need
 * and one for what people ask, so that neither starves the other. */
#ifndef DAEMON_WORKERS_H
#define DAEMON_WORKERS_H

#include "base/base.h"

enum { WORKERS_MAX_THREADS = 64, WORKERS_MAX_QUEUED = 1024 };

struct workers;

/* threads 0: workers_submit() runs the job inside the call, for virtual time. */
struct workers *workers_new(unsigned threads);

/* Runs what is queued, then ends the threads.  NULL does nothing. */
void workers_free(struct workers *w);

/* Any thread, a job of the pool too.  false: the queue is full or the pool is
 * ending, and run is not called. */
bool workers_submit(struct workers *w, void (*run)(void *ctx), void *ctx);

/* Jobs that wait or run, about now; any thread. */
size_t workers_load(const struct workers *w);

#endif
