/* writer.h - the store thread: the queue, the group commit, the outcomes.
 *
 * A transaction opens with the first unit that arrives and is committed when
 * STORE_GROUP_MS have passed since the last commit ended: a lone unit at once,
 * a burst in groups.  Each unit has a savepoint of its own, so one that fails
 * leaves its neighbours in peace.
 *
 *     IDLE ──[group_add: BEGIN]──► OPEN ──[group_commit: COMMIT]──► IDLE
 *                                   └─[SQLite rolled back, or COMMIT failed:
 *                                      group_alone: a transaction per unit]──► IDLE */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/store.h"

struct sqlite3;
struct writer;

/* db is borrowed and used by nobody else until writer_stop().  options as in
 * store_open_with(), data_dir ignored. */
enum status writer_start(struct sqlite3 *db, const struct store_options *options,
                         struct writer **out, struct err *err) MUST_CHECK;

/* Commits what is queued, calls every done, ends the thread. */
void writer_stop(struct writer *w);

/* As the store_* functions of the same names. */
enum status writer_submit(struct writer *w, const struct store_commit *c, store_done_fn done,
                          void *ctx) MUST_CHECK;
void        writer_drain(struct writer *w);
struct store_health writer_health(struct writer *w);

#endif
