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

/* The way to a connection, for a writer that has none yet: open is called on the store
 * thread.  fault and why: what it met last. */
struct writer_door {
    enum status (*open)(void *ctx, struct sqlite3 **out, enum store_fault *fault, struct err *err);
    void            *ctx;
    enum store_fault fault;
    struct err       why;
};

/* db, which becomes the writer's, whatever comes of it; NULL: not open yet, see door.
 * options as in store_open_with(), data_dir ignored. */
enum status writer_start(struct sqlite3 *db, const struct writer_door *door,
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
