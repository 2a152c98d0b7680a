#include "store/transfer.h"

#include "analyzer/interval.h"
#include "base/heap.h"
#include "store/database.h"
#include "store/datadir.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_ROWS = 1000, ROWS_OF_A_COMMIT = 5000 };

static const struct {
    const char *kind, *select, *insert;
} row[] = {
#define TRANSFER(name, kind, select, insert) [TRANSFER_##name] = {kind, select, insert},
#include "store/transfer.def"
#undef TRANSFER
};

_Static_assert(ARRAY_LEN(row) == TRANSFER_KINDS, "transfer.def feeds enum and table");

struct transfer_import {
    struct sqlite3      *db;
    struct sqlite3_stmt *at[TRANSFER_KINDS];
    struct sqlite3_stmt *run, *service, *state; /* is it there; the wide part of a run */
    int                  lock_fd;
    uint32_t             taken; /* since the last commit */
};

const char *
transfer_text(enum transfer_kind k)
{
    return row[k].kind;
}

bool
transfer_parse(struct slice text, enum transfer_kind *out)
{
    for (int k = 0; k < TRANSFER_KINDS; k++)
        if (slice_is(text, row[k].kind)) {
            *out = (enum transfer_kind)k;
            return true;
        }
    return false;
}

static enum status
prepare(struct sqlite3 *db, const char *sql, const char *kind, struct sqlite3_stmt **q,
        struct err *err)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, q, NULL) == SQLITE_OK
               ? STATUS_OK
               : database_fail(db, err, kind);
}

static void
get_field(struct sqlite3_stmt *q, int column, struct transfer_field *f)
{
    f->key = slice_of(sqlite3_column_name(q, column));
    switch (sqlite3_column_type(q, column)) {
    case SQLITE_INTEGER:
        f->type = TRANSFER_INTEGER;
        f->integer = sqlite3_column_int64(q, column);
        return;
    case SQLITE_FLOAT:
        f->type = TRANSFER_REAL;
        f->real = sqlite3_column_double(q, column);
        return;
    case SQLITE_NULL:
        f->type = TRANSFER_NOTHING;
        return;
    default:
        f->type = slice_ends(f->key, "_base64") ? TRANSFER_BLOB : TRANSFER_TEXT;
        f->bytes.p = sqlite3_column_blob(q, column);
        f->bytes.n = (size_t)sqlite3_column_bytes(q, column);
    }
}

static void
bind_text_or_null(struct sqlite3_stmt *q, int at, struct slice s)
{
    if (s.n)
        sqlite3_bind_text64(q, at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(q, at);
}

/* One page, in one read; *cursor moves to its last row, *n: rows of it. */
static enum status
export_page(struct sqlite3 *db, struct sqlite3_stmt *q, enum transfer_kind k, int64_t *cursor,
            size_t *n, transfer_row_fn fn, void *ctx, struct err *err)
{
    struct transfer_field fields[TRANSFER_MAX_FIELDS];
    int                   rc, columns = sqlite3_column_count(q);
    enum status           s = STATUS_OK;

    *n = 0;
    sqlite3_bind_int64(q, 1, *cursor);
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        *cursor = sqlite3_column_int64(q, 0);
        ++*n;
        for (int c = 1; c < columns; c++)
            get_field(q, c, &fields[c - 1]);
        if (!fn(ctx, k, fields, (size_t)columns - 1)) {
            s = STATUS_CANCELLED;
            break;
        }
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        s = database_fail(db, err, row[k].kind);
    sqlite3_reset(q);
    return s;
}

static void
fill_zero(void *self, void *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
}

static enum status
open_select(const char *data_dir, enum transfer_kind k, struct sqlite3 **db,
            struct sqlite3_stmt **q, struct err *err)
{
    char        path[DATADIR_PATH_BYTES];
    enum status s = datadir_database(data_dir, path, err);

    if (!s)
        s = database_open_reader(path, db, err);
    return s ? s : prepare(*db, row[k].select, row[k].kind, q, err);
}

enum status
transfer_export(const char *data_dir, enum transfer_kind k, const struct transfer_filter *f,
                transfer_row_fn fn, void *ctx, struct err *err)
{
    static const struct entropy zero = {fill_zero, NULL};
    struct sqlite3             *db = NULL;
    struct sqlite3_stmt        *q = NULL;
    char                        from[ULID_BYTES];
    int64_t                     cursor = 0;
    size_t                      n = PAGE_ROWS;
    enum status                 s = open_select(data_dir, k, &db, &q, err);

    if (!s) {
        ulid_make(from, f->since_ms, &zero); /* the least id of that millisecond */
        sqlite3_bind_text(q, 2, from, -1, SQLITE_STATIC);
        bind_text_or_null(q, 3, f->ns);
        bind_text_or_null(q, 4, f->service);
        sqlite3_bind_int(q, 5, PAGE_ROWS);
    }
    while (!s && n == PAGE_ROWS)
        s = export_page(db, q, k, &cursor, &n, fn, ctx, err);
    sqlite3_finalize(q);
    database_close(db);
    return s;
}

enum status
transfer_keys(const char *data_dir, enum transfer_kind k, char keys[TRANSFER_MAX_FIELDS][32],
              size_t *n, struct err *err)
{
    struct sqlite3      *db = NULL;
    struct sqlite3_stmt *q = NULL;
    enum status          s = open_select(data_dir, k, &db, &q, err);

    *n = 0;
    for (int c = 1; !s && c < sqlite3_column_count(q); c++)
        snprintf(keys[(*n)++], 32, "%s", sqlite3_column_name(q, c));
    sqlite3_finalize(q);
    database_close(db);
    return s;
}

/* Not durable at once: an import that was cut off is begun anew, which is harmless. */
static enum status
open_locked(struct transfer_import *t, const char *data_dir, struct err *err)
{
    enum store_fault fault;
    char             path[DATADIR_PATH_BYTES];
    enum status      s = datadir_database(data_dir, path, err);

    if (!s)
        s = database_open_writer(path, &t->db, &fault, err);
    for (int k = 0; !s && k < TRANSFER_KINDS; k++)
        s = prepare(t->db, row[k].insert, row[k].kind, &t->at[k], err);
    if (!s)
        s = prepare(t->db, "SELECT 1 FROM run WHERE ulid = ?1", "run", &t->run, err);
    if (!s)
        s = prepare(t->db, "SELECT 1 FROM service WHERE ns = ?1 AND name = ?2", "service",
                    &t->service, err);
    if (!s)
        s = prepare(t->db,
                    "INSERT INTO run_state (run_id, numbers, state, heard)"
                    " SELECT id, ?2, ?3, ?4 FROM run WHERE ulid = ?1",
                    "run", &t->state, err);
    return s ? s : database_exec(t->db, "BEGIN IMMEDIATE", err);
}

static void
release(struct transfer_import *t)
{
    for (int k = 0; k < TRANSFER_KINDS; k++)
        sqlite3_finalize(t->at[k]);
    sqlite3_finalize(t->run);
    sqlite3_finalize(t->service);
    sqlite3_finalize(t->state);
    database_close(t->db);
    if (t->lock_fd >= 0)
        datadir_unlock(t->lock_fd);
    free(t);
}

enum status
transfer_import_open(const char *data_dir, struct transfer_import **out, struct err *err)
{
    struct transfer_import *t = heap_new(1, sizeof *t);
    enum store_fault        fault;
    enum status             s;

    t->lock_fd = -1;
    s = datadir_lock(data_dir, &t->lock_fd, &fault, err);
    if (!s)
        s = open_locked(t, data_dir, err);
    if (s)
        release(t);
    else
        *out = t;
    return s;
}

static bool
is_id(enum transfer_kind k, struct slice key)
{
    return slice_is(key, "run") ||
           (slice_is(key, "id") && (k == TRANSFER_RUN || k == TRANSFER_VERDICT));
}

static bool
is_number(struct slice key)
{
    static const char *const counts[] = {
        "attempt",         "http_code",       "count",        "level", "n",        "step",
        "canary_requests", "stable_requests", "placebo_pods", "pods",  "requests", "all_requests"};

    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (slice_is(key, counts[i]))
            return true;
    return slice_ends(key, "_ms");
}

/* Readers add and subtract them: what no history of ours has, no other may bring.  CSV has
 * numbers as texts. */
static bool
in_range(const struct transfer_field *f)
{
    int64_t most = INT64_C(1) << (slice_ends(f->key, "_ms") ? 48 : 53), n = f->integer;

    if (f->type == TRANSFER_NOTHING)
        return true;
    if (f->type == TRANSFER_TEXT && slice_i64(f->bytes, &n))
        return false;
    return (f->type == TRANSFER_TEXT || f->type == TRANSFER_INTEGER) && n >= 0 && n < most;
}

static enum status
check_field(enum transfer_kind k, const struct transfer_field *f, struct err *err)
{
    if (is_id(k, f->key) && !(f->type == TRANSFER_TEXT && ulid_valid(f->bytes)))
        return err_set(err, STATUS_RANGE, "%s: %.*s: not an id", row[k].kind, SLICE_ARG(f->key));
    if (f->type == TRANSFER_TEXT && !slice_utf8(f->bytes))
        return err_set(err, STATUS_RANGE, "%s: %.*s: not UTF-8, or a NUL in it", row[k].kind,
                       SLICE_ARG(f->key));
    if (is_number(f->key) && !in_range(f))
        return err_set(err, STATUS_RANGE, "%s: %.*s: no time or count of a history", row[k].kind,
                       SLICE_ARG(f->key));
    if (k == TRANSFER_INTERVAL && slice_is(f->key, "counts_base64")) {
        struct interval *i = heap_new(1, sizeof *i);
        enum status      s = interval_unpack(f->bytes, i, err);

        free(i);
        return s ? err_set(err, STATUS_RANGE, "interval: counts_base64: not such counts") : s;
    }
    return STATUS_OK;
}

static enum status
bind_field(struct sqlite3_stmt *q, enum transfer_kind k, const struct transfer_field *f,
           struct err *err)
{
    char name[40];
    int  at;

    snprintf(name, sizeof name, ":%.*s", SLICE_ARG(f->key));
    at = sqlite3_bind_parameter_index(q, name);
    if (!at)
        return err_set(err, STATUS_RANGE, "%s: no key %.40s", row[k].kind, name + 1);
    switch (f->type) {
    case TRANSFER_TEXT:
        sqlite3_bind_text64(q, at, f->bytes.p ? f->bytes.p : "", f->bytes.n, SQLITE_STATIC,
                            SQLITE_UTF8);
        break;
    case TRANSFER_BLOB:
        sqlite3_bind_blob64(q, at, f->bytes.p ? f->bytes.p : "", f->bytes.n, SQLITE_STATIC);
        break;
    case TRANSFER_INTEGER:
        sqlite3_bind_int64(q, at, f->integer);
        break;
    case TRANSFER_REAL:
        sqlite3_bind_double(q, at, f->real);
        break;
    case TRANSFER_NOTHING:
        sqlite3_bind_null(q, at);
        break;
    }
    return check_field(k, f, err);
}

static const struct transfer_field *
find(const struct transfer_field *fields, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (slice_is(fields[i].key, key))
            return &fields[i];
    return NULL;
}

/* Nothing was inserted: because it is there, or because what it belongs to is not. */
static enum status
check_owner(struct transfer_import *t, enum transfer_kind k, const struct transfer_field *fields,
            size_t n, struct err *err)
{
    const struct transfer_field *run = find(fields, n, "run"), *ns = find(fields, n, "ns"),
                                *name = find(fields, n, "service");
    struct sqlite3_stmt *q = run ? t->run : t->service;
    bool                 there;

    if (!run && !(ns && name))
        return STATUS_OK;
    bind_text_or_null(q, 1, run ? run->bytes : ns->bytes);
    if (!run)
        bind_text_or_null(q, 2, name->bytes);
    there = sqlite3_step(q) == SQLITE_ROW;
    sqlite3_reset(q);
    return there ? STATUS_OK
                 : err_set(err, STATUS_NOT_FOUND,
                           "%s: its %s is neither in the history nor before it", row[k].kind,
                           run ? "run" : "service");
}

/* The wide part of a run, which is new. */
static enum status
put_state(struct transfer_import *t, const struct transfer_field *fields, size_t n, struct err *err)
{
    static const char *const keys[] = {"id", "numbers", "state_base64", "heard_base64"};
    struct sqlite3_stmt     *q = t->state;
    enum status              s = STATUS_OK;

    for (int i = 0; i < (int)ARRAY_LEN(keys); i++) {
        const struct transfer_field *f = find(fields, n, keys[i]);

        if (f && f->type == TRANSFER_BLOB)
            sqlite3_bind_blob64(q, i + 1, f->bytes.p, f->bytes.n, SQLITE_STATIC);
        else
            bind_text_or_null(q, i + 1, f ? f->bytes : (struct slice){0});
    }
    if (sqlite3_step(q) != SQLITE_DONE)
        s = database_fail(t->db, err, "run");
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return s;
}

/* Keys of a run that its own row has not. */
static bool
is_of_state(enum transfer_kind k, struct slice key)
{
    return k == TRANSFER_RUN && (slice_is(key, "numbers") || slice_is(key, "state_base64") ||
                                 slice_is(key, "heard_base64"));
}

static enum status
insert(struct transfer_import *t, enum transfer_kind k, const struct transfer_field *fields,
       size_t n, bool *news, struct err *err)
{
    struct sqlite3_stmt *q = t->at[k];
    enum status          s = STATUS_OK;

    for (size_t i = 0; !s && i < n; i++)
        if (!is_of_state(k, fields[i].key))
            s = bind_field(q, k, &fields[i], err);
    if (!s && sqlite3_step(q) != SQLITE_DONE)
        s = database_fail(t->db, err, row[k].kind);
    *news = !s && sqlite3_changes(t->db) > 0;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (!s && *news && k == TRANSFER_RUN)
        s = put_state(t, fields, n, err);
    return s;
}

enum status
transfer_import_row(struct transfer_import *t, enum transfer_kind k,
                    const struct transfer_field *fields, size_t n, bool *news, struct err *err)
{
    enum status s = insert(t, k, fields, n, news, err);

    if (s == STATUS_CONFLICT)
        s = STATUS_RANGE;
    if (!s && !*news)
        s = check_owner(t, k, fields, n, err);
    if (s || ++t->taken < ROWS_OF_A_COMMIT)
        return s;
    t->taken = 0;
    return database_exec(t->db, "COMMIT; BEGIN IMMEDIATE", err);
}

enum status
transfer_import_close(struct transfer_import *t, struct err *err)
{
    enum status s;

    if (!t)
        return STATUS_OK;
    s = database_exec(t->db, "COMMIT", err);
    release(t);
    return s;
}
