/* feed.h - a run's weights and what was said of it, written into the history. */
#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "analyzer/record.h"
#include "store/stmt.h"

/* run is the run's row; what is kept and what goes: struct store_commit. */
enum status feed_put_step(struct stmt_set *set, int64_t run, const struct record_step *step,
                          struct err *err) MUST_CHECK;
enum status feed_put_event(struct stmt_set *set, int64_t run, const struct record_event *event,
                           struct err *err) MUST_CHECK;

#endif
