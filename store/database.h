/* database.h - opening the history's file, for the writer and for readers. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/err.h"
#include "store/storehealth.h"

struct sqlite3;

/* "vdct": file(1) and other programs know the file by it. */
enum { DATABASE_APPLICATION_ID = 0x76646374 };

/* Open or create (0600) for the one writer and bring the schema up to date.
 * A commit on it is durable: WAL with synchronous=FULL.
 * STATUS_CONFLICT: the file is not a history of ours, or was written by a
 * newer verdictd.  STATUS_STORE: SQLite's own words.  *fault: what kind of failure;
 * OTHER where waiting mends nothing. */
enum status database_open_writer(const char *path, struct sqlite3 **out, enum store_fault *fault,
                                 struct err *err) MUST_CHECK;

/* Open for reading only, beside a running daemon or after one.  Where neither
 * -shm nor -wal can be made (a directory that is read-only for us), a history
 * that was closed cleanly is read as it stands.
 * STATUS_NOT_FOUND: there is none.  STATUS_CONFLICT: another schema than this
 * program's.  STATUS_STORE: among others, a history that was not closed
 * cleanly in a directory where we may not write. */
enum status database_open_reader(const char *path, struct sqlite3 **out,
                                 struct err *err) MUST_CHECK;

/* Open a backup for reading: any schema up to this program's.
 * STATUS_NOT_FOUND, STATUS_CONFLICT, STATUS_STORE. */
enum status database_open_copy(const char *path, struct sqlite3 **out, struct err *err) MUST_CHECK;

/* NULL is fine.  The writer's close folds the WAL into the file. */
void database_close(struct sqlite3 *db);

/* Turn the connection's last failure into ours; what is the statement's name.
 * STATUS_CONFLICT: a uniqueness or a foreign key said no.  STATUS_RANGE:
 * another constraint.  STATUS_LIMIT: a value is too big.  STATUS_TIMEOUT: the
 * deadline passed.  STATUS_STORE: all else, the disk's failures among them. */
enum status database_fail(struct sqlite3 *db, struct err *err, const char *what);

/* Of the connection's last failure. */
enum store_fault database_fault(struct sqlite3 *db);

/* A PRAGMA's or SELECT's single integer. */
enum status database_number(struct sqlite3 *db, const char *sql, int64_t *out,
                            struct err *err) MUST_CHECK;
enum status database_exec(struct sqlite3 *db, const char *sql, struct err *err) MUST_CHECK;

#endif
