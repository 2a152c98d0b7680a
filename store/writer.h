/* writer.h - the store thread: the queue, the group commit, the outcomes.
 *
 * A transaction opens with the first unit that arrives and is committed when
 * STORE_GROUP_MS have passed since the last commit ended: a lone unit at once,
 * a burst in groups.  A unit that fails leaves its neighbours in peace: where it failed half
 * written, the group is rolled back and applied again, each unit in a savepoint.
 *
 *     IDLE ──[group_add: BEGIN]──► OPEN ──[group_commit: COMMIT]──► IDLE
 *                                   └─[SQLite rolled back, or COMMIT failed:
 *                                      group_alone: a transaction per unit]──► IDLE */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/connection.h"
#include "store/store.h"

struct writer;

/* db, which becomes the writer's, whatever comes of it; NULL: not open yet, see door.
 * options as in store_open_with(), data_dir ignored. */
enum status writer_start(struct sqlite3 *db, const struct connection_door *door,
                         const struct store_options *options, struct writer **out,
                         struct err *err) MUST_CHECK;

/* Commits what is queued, calls every done, ends the thread, closes the connection. */
void writer_stop(struct writer *w);

/* As the store_* functions of the same names. */
enum status writer_submit(struct writer *w, const struct store_commit *c, store_done_fn done,
                          void *ctx) MUST_CHECK;
void        writer_drain(struct writer *w);
void        writer_set_retention(struct writer *w, const struct store_retention *r);
struct store_health writer_health(struct writer *w);

#endif
