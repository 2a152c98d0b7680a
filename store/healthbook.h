/* healthbook.h - the store thread's notes of how the history fares, for all to read.
 *
 * Written by the store thread, but for its start; read by any.  What waits in the queue is
 * the queue's to say. */
#ifndef STORE_HEALTHBOOK_H
#define STORE_HEALTHBOOK_H

#include "base/clock.h"
#include "store/storehealth.h"

#include <pthread.h>

struct sqlite3;

struct healthbook {
    const struct clock *clock;
    bool                logged_failing; /* what the log was last told */
    int64_t             sized_ms;       /* when the files were looked at, on clock_system */
    pthread_mutex_t     lock;           /* of: */
    struct store_health health;
};

void healthbook_init(struct healthbook *b, const struct clock *clock);
void healthbook_release(struct healthbook *b);

/* A transaction met a fault of the disk or of SQLite: a unit that contradicts the history
 * says nothing about the store. */
void healthbook_fault(struct healthbook *b, enum store_fault fault, bool detached,
                      const struct err *err);

/* One that worked, and how long it took. */
void healthbook_commit(struct healthbook *b, int64_t us);

/* Count a group's units.  The log hears of failing and of recovery here, once a group, so
 * that a nearly full disk which takes every other unit stays quiet. */
void healthbook_units(struct healthbook *b, uint64_t units, uint64_t failed);

/* Sizes of the files, at most once a second; NULL: none is open. */
void healthbook_sizes(struct healthbook *b, struct sqlite3 *db);

/* What retention counted and deleted is taken over from h. */
void healthbook_forgot(struct healthbook *b, const struct store_health *h);

struct store_health healthbook_read(struct healthbook *b);

#endif
