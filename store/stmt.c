#include "store/stmt.h"

#include "store/database.h"

#include <sqlite3.h>

static const struct {
    enum stmt_whose whose;
    const char     *name, *sql;
} row[] = {
#define STMT(name, whose, sql) [STMT_##name] = {STMT_##whose, #name, sql},
#include "store/stmt.def"
#undef STMT
};

_Static_assert(ARRAY_LEN(row) == STMT_COUNT, "stmt.def feeds enum and table");

enum status
stmt_prepare(struct stmt_set *set, struct sqlite3 *db, enum stmt_whose whose, struct err *err)
{
    *set = (struct stmt_set){.db = db};
    for (int i = 0; i < STMT_COUNT; i++) {
        enum status s;

        if (row[i].whose != whose)
            continue;
        if (sqlite3_prepare_v3(db, row[i].sql, -1, SQLITE_PREPARE_PERSISTENT, &set->at[i], NULL) ==
            SQLITE_OK)
            continue;
        s = database_fail(db, err, row[i].name);
        stmt_release(set);
        return s;
    }
    return STATUS_OK;
}

void
stmt_release(struct stmt_set *set)
{
    for (int i = 0; i < STMT_COUNT; i++)
        sqlite3_finalize(set->at[i]);
    *set = (struct stmt_set){0};
}

/* Kept until the step, so that a value that did not fit can never be stored
 * as NULL. */
static void
keep(struct stmt_set *set, int rc)
{
    if (rc != SQLITE_OK && set->bind_rc == SQLITE_OK)
        set->bind_rc = rc;
}

void
stmt_bind_text(struct stmt_set *set, enum stmt s, int param, struct slice v)
{
    keep(set,
         sqlite3_bind_text64(set->at[s], param, v.p ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8));
}

void
stmt_bind_text_or_null(struct stmt_set *set, enum stmt s, int param, struct slice v)
{
    if (v.n)
        stmt_bind_text(set, s, param, v);
    else
        stmt_bind_null(set, s, param);
}

void
stmt_bind_blob(struct stmt_set *set, enum stmt s, int param, struct slice v)
{
    keep(set, sqlite3_bind_blob64(set->at[s], param, v.p ? v.p : "", v.n, SQLITE_STATIC));
}

void
stmt_bind_blob_or_null(struct stmt_set *set, enum stmt s, int param, struct slice v)
{
    if (v.n)
        stmt_bind_blob(set, s, param, v);
    else
        stmt_bind_null(set, s, param);
}

void
stmt_bind_int(struct stmt_set *set, enum stmt s, int param, int64_t v)
{
    keep(set, sqlite3_bind_int64(set->at[s], param, v));
}

void
stmt_bind_double(struct stmt_set *set, enum stmt s, int param, double v)
{
    keep(set, sqlite3_bind_double(set->at[s], param, v));
}

void
stmt_bind_null(struct stmt_set *set, enum stmt s, int param)
{
    keep(set, sqlite3_bind_null(set->at[s], param));
}

enum status
stmt_step(struct stmt_set *set, enum stmt s, struct err *err)
{
    if (set->bind_rc)
        return err_set(err, STATUS_STORE, "%s: %s", row[s].name, sqlite3_errstr(set->bind_rc));
    switch (sqlite3_step(set->at[s])) {
    case SQLITE_ROW:
        return STATUS_OK;
    case SQLITE_DONE:
        return STATUS_NO_DATA;
    default:
        return database_fail(set->db, err, row[s].name);
    }
}

void
stmt_reset(struct stmt_set *set, enum stmt s)
{
    sqlite3_reset(set->at[s]);
    sqlite3_clear_bindings(set->at[s]);
    set->bind_rc = SQLITE_OK;
}

enum status
stmt_run(struct stmt_set *set, enum stmt s, struct err *err)
{
    enum status rc = stmt_step(set, s, err);

    stmt_reset(set, s);
    return rc == STATUS_NO_DATA ? STATUS_OK : rc;
}

int64_t
stmt_changes(struct stmt_set *set)
{
    return sqlite3_changes64(set->db);
}

struct slice
stmt_slice(struct stmt_set *set, enum stmt s, int column)
{
    const char *p = sqlite3_column_blob(set->at[s], column);
    int         n = sqlite3_column_bytes(set->at[s], column);

    return (struct slice){p, p && n > 0 ? (size_t)n : 0};
}

int64_t
stmt_int(struct stmt_set *set, enum stmt s, int column)
{
    return sqlite3_column_int64(set->at[s], column);
}

double
stmt_double(struct stmt_set *set, enum stmt s, int column)
{
    return sqlite3_column_double(set->at[s], column);
}
