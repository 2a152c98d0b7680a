/* migrate.h - bringing the schema forward, one step per transaction. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "base/err.h"
#include "store/storehealth.h"

struct sqlite3;

/* One file of store/schema; the version is what PRAGMA user_version says once
 * it has been carried out. */
struct migrate_step {
    int         version;
    const char *name, *sql;
};

/* The steps built into this program, versions 1 to *n without gaps. */
const struct migrate_step *migrate_steps(size_t *n);

/* Carry out the steps that the file lacks.  A step that fails leaves the file
 * as the step before it did.
 * STATUS_CONFLICT: the file is newer than the last step.  STATUS_STORE.  Of both
 * *fault says which. */
enum status migrate_run(struct sqlite3 *db, const struct migrate_step *steps, size_t n,
                        enum store_fault *fault, struct err *err) MUST_CHECK;

#endif
