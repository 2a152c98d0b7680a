/* executions.h - what Argo's Kayenta provider asked and polls for: in memory to be
 * told, in the history to outlive a restart.  Any thread.
 *
 *     start ──► waits for the history ──► polled ──told──► complete ──a day──► forgotten
 *
 * What is complete or was not polled for ten minutes makes room for others when
 * there are EXECUTIONS_MOST. */
#ifndef DAEMON_EXECUTIONS_H
#define DAEMON_EXECUTIONS_H

#include "base/ulid.h"
#include "store/store.h"
#include "webhooks/port.h"

enum { EXECUTIONS_MOST = 4096 };

struct executions;

/* Those of the history are there.  All are borrowed.  Where it cannot be read *out is
 * there all the same, empty, and given back with executions_free(). */
enum status executions_new(struct store *store, const struct clock *clock,
                           const struct entropy *entropy, const char *data_dir,
                           struct executions **out, struct err *err) MUST_CHECK;

/* The store has been drained; NULL is fine. */
void executions_free(struct executions *x);

/* See struct port. */
bool executions_start(struct executions *x, const struct question *q, port_execution_fn done,
                      void *ctx);
bool executions_get(struct executions *x, const char *id, struct port_execution *out);

/* What was told about an execution; the first word that completes it stays. */
void executions_told(struct executions *x, const struct port_told *told);

#endif
