/* connection.h - the one connection that writes, and what one does with it: opened as soon
 * as it can be, transactions, units.  Of the store thread alone. */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include "store/runrows.h"
#include "store/stmt.h"
#include "store/store.h"

/* The way to a connection, where there is none yet.  fault and why: what it met last. */
struct connection_door {
    enum status (*open)(void *ctx, struct sqlite3 **out, enum store_fault *fault, struct err *err);
    void            *ctx;
    enum store_fault fault;
    struct err       why;
};

struct connection {
    struct sqlite3        *db; /* NULL: not open yet */
    struct connection_door door;
    int64_t                next_try_ms, pause_ms; /* of the door, on clock_system */
    struct stmt_set        stmts;
    struct runrows        *rows;
};

/* door: copied; tried a second from now at the earliest. */
void connection_init(struct connection *c, const struct connection_door *door);
void connection_release(struct connection *c);

/* db becomes the connection's, whatever comes of it. */
enum status connection_adopt(struct connection *c, struct sqlite3 *db, struct err *err) MUST_CHECK;

/* Of the last call that failed. */
enum store_fault connection_fault(const struct connection *c);

/* BEGIN, behind an open door.  Opening takes its time, so it is tried less and less often;
 * meanwhile the answer is what it met last. */
enum status connection_begin(struct connection *c, struct err *err) MUST_CHECK;
enum status connection_commit(struct connection *c, struct err *err) MUST_CHECK;

/* There is no transaction: none was begun, or SQLite ended it by itself, which it does
 * when the disk fails badly enough. */
bool connection_is_idle(const struct connection *c);
void connection_roll_back(struct connection *c);

/* One unit; statuses are those of struct store_commit.  *torn: it failed when some of it
 * was written, so the transaction must be rolled back. */
enum status connection_apply(struct connection *c, const struct store_commit *unit, bool *torn,
                             struct err *err) MUST_CHECK;

/* The same in a savepoint: all of the unit, or nothing.  It keeps a copy of each page that
 * the unit changes, which costs a third of the unit's time. */
enum status connection_apply_whole(struct connection *c, const struct store_commit *unit,
                                   struct err *err) MUST_CHECK;

#endif
