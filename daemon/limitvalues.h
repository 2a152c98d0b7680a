/* limitvalues.h - a policy's own expressions, asked beside each snapshot of a run.
 *
 * At the snapshot's time, of the same source, one query each.  What cannot be
 * had is NaN and never an error of the snapshot; the log says why, once for
 * each kind of trouble.  Loop thread. */
#ifndef DAEMON_LIMITVALUES_H
#define DAEMON_LIMITVALUES_H

#include "analyzer/interval.h"
#include "daemon/upstream.h"
#include "daemon/target.h"

struct limitvalues;

/* *out is NULL where the policy has no limit that is a query.  source and run_id
 * are borrowed.  STATUS_SYNTAX: the target's names cannot be put into one; err
 * says into which. */
enum status limitvalues_new(struct upstream *source, const struct target *t,
                            const struct policy *policy, const char *run_id,
                            struct limitvalues **out, struct err *err) MUST_CHECK;

/* Not while busy; NULL: nothing. */
void limitvalues_free(struct limitvalues *v);

/* One at a time.  done comes later, exactly once, when all have ended; after
 * limitvalues_cancel() that is soon. */
typedef void (*limitvalues_fn)(void *ctx);
void limitvalues_ask(struct limitvalues *v, int64_t at_ms, limitvalues_fn done, void *ctx);
void limitvalues_cancel(struct limitvalues *v);
bool limitvalues_busy(const struct limitvalues *v);

/* What was answered last, into the interval that ends there. */
void limitvalues_put(const struct limitvalues *v, struct interval *i);

#endif
