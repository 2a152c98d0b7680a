/* integrity.h - is the file sound, as far as can be looked at in bounded time. */
#ifndef STORE_INTEGRITY_H
#define STORE_INTEGRITY_H

#include "base/err.h"
#include "store/storehealth.h"

struct sqlite3;

struct integrity {
    unsigned looked_at, tables; /* looked_at < tables: the time was over */
    int64_t  ms;
    /* NONE: nothing is wrong as far as it was looked at; IO, LOCKED: it could not be read;
     * else CORRUPT. */
    enum store_fault fault;
};

/* Each table with its indexes (PRAGMA quick_check), the widest last, until allowed_ms are
 * over; 0: however long it takes.
 * STATUS_STORE: damaged, with SQLite's words for the first place, or unreadable. */
enum status integrity_check(struct sqlite3 *db, int64_t allowed_ms, struct integrity *out,
                            struct err *err) MUST_CHECK;

#endif
