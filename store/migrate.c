#include "store/migrate.h"

#include "store/database.h"

#include <sqlite3.h>
#include <stdio.h>

static const struct migrate_step built_in[] = {
#include "store/schema.inc"
};

const struct migrate_step *
migrate_steps(size_t *n)
{
    *n = ARRAY_LEN(built_in);
    return built_in;
}

/* A row of foreign_key_check is a reference that the step broke. */
static enum status
check_references(struct sqlite3 *db, const struct migrate_step *step, struct err *err)
{
    struct sqlite3_stmt *q;
    enum status          s = STATUS_OK;
    int                  rc;

    if (sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &q, NULL) != SQLITE_OK)
        return database_fail(db, err, step->name);
    rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        s = err_set(err, STATUS_STORE, "schema step %s leaves rows of %s without what they name",
                    step->name, (const char *)sqlite3_column_text(q, 0));
    else if (rc != SQLITE_DONE)
        s = database_fail(db, err, step->name);
    sqlite3_finalize(q);
    return s;
}

static enum status
take(struct sqlite3 *db, const struct migrate_step *step, enum store_fault *fault, struct err *err)
{
    char        version[48];
    enum status s = database_exec(db, "BEGIN IMMEDIATE", err);

    if (s) {
        *fault = database_fault(db);
        return s;
    }
    snprintf(version, sizeof version, "PRAGMA user_version = %d", step->version);
    s = database_exec(db, step->sql, err);
    if (!s)
        s = check_references(db, step, err);
    if (!s)
        s = database_exec(db, version, err);
    if (!s)
        s = database_exec(db, "COMMIT", err);
    if (!s)
        return STATUS_OK;
    *fault = database_fault(db);
    if (!sqlite3_get_autocommit(db))
        (void)!database_exec(db, "ROLLBACK", NULL); /* the first error is the news */
    return err_wrap(err, "schema step %s", step->name);
}

enum status
migrate_run(struct sqlite3 *db, const struct migrate_step *steps, size_t n, enum store_fault *fault,
            struct err *err)
{
    int64_t     have;
    enum status s = database_number(db, "PRAGMA user_version", &have, err);

    if (s) {
        *fault = database_fault(db);
        return s;
    }
    if (have < 0 || have > (int64_t)n) {
        *fault = STORE_FAULT_NEWER;
        return err_set(err, STATUS_CONFLICT,
                       "the history has schema %lld, this verdictd knows up to %zu; run the newer "
                       "verdictd that wrote it, or choose another data_dir",
                       (long long)have, n);
    }
    /* A step that rebuilds a table drops the old one first, which enforced
     * references would refuse; PRAGMA foreign_keys does nothing inside a
     * transaction, so it stands around all of them. */
    s = database_exec(db, "PRAGMA foreign_keys = OFF", err);
    for (size_t i = (size_t)have; !s && i < n; i++)
        s = take(db, &steps[i], fault, err);
    if (!s)
        s = database_exec(db, "PRAGMA foreign_keys = ON", err);
    return s;
}
