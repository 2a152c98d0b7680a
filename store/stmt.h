/* stmt.h - the SQL statements of a connection, prepared once. */
#ifndef STORE_STMT_H
#define STORE_STMT_H

#include "base/err.h"
#include "base/slice.h"

enum stmt {
#define STMT(name, whose, sql) STMT_##name,
#include "store/stmt.def"
#undef STMT
    STMT_COUNT
};

enum stmt_whose { STMT_WRITER, STMT_READER };

struct sqlite3;
struct sqlite3_stmt;

/* Used by the thread that uses the connection. */
struct stmt_set {
    struct sqlite3      *db;
    struct sqlite3_stmt *at[STMT_COUNT];
    int                  bind_rc; /* first failure to bind since the last reset */
};

/* Prepare every statement of one kind; set is released again on failure. */
enum status stmt_prepare(struct stmt_set *set, struct sqlite3 *db, enum stmt_whose whose,
                         struct err *err) MUST_CHECK;
void        stmt_release(struct stmt_set *set);

/* Parameters count from 1.  What a slice points to is borrowed until the
 * statement is reset; an empty slice is the empty text or blob, never NULL,
 * but for the _or_null forms.  Bind, step and reset one statement before the
 * next: a failure to bind is reported by the step. */
void stmt_bind_text(struct stmt_set *set, enum stmt s, int param, struct slice v);
void stmt_bind_text_or_null(struct stmt_set *set, enum stmt s, int param, struct slice v);
void stmt_bind_blob(struct stmt_set *set, enum stmt s, int param, struct slice v);
void stmt_bind_blob_or_null(struct stmt_set *set, enum stmt s, int param, struct slice v);
void stmt_bind_int(struct stmt_set *set, enum stmt s, int param, int64_t v);
void stmt_bind_double(struct stmt_set *set, enum stmt s, int param, double v); /* not NaN */
void stmt_bind_null(struct stmt_set *set, enum stmt s, int param);

/* Go to the next row.  STATUS_OK: there is one; STATUS_NO_DATA: the end; the
 * failures are database_fail()'s.  The caller resets in each case. */
enum status stmt_step(struct stmt_set *set, enum stmt s, struct err *err) MUST_CHECK;

/* Ready for the next use, parameters NULL. */
void stmt_reset(struct stmt_set *set, enum stmt s);

/* Step one that yields no rows, then reset it, whatever happened.
 * STATUS_STORE and the other failures of database_fail(). */
enum status stmt_run(struct stmt_set *set, enum stmt s, struct err *err) MUST_CHECK;

/* Rows that the last INSERT or UPDATE changed. */
int64_t stmt_changes(struct stmt_set *set);

/* Columns of the present row count from 0; slices are borrowed until the next
 * step or reset; NULL reads as empty and 0. */
struct slice stmt_slice(struct stmt_set *set, enum stmt s, int column);
int64_t      stmt_int(struct stmt_set *set, enum stmt s, int column);
double       stmt_double(struct stmt_set *set, enum stmt s, int column);

#endif
