#include "store/database.h"

#include "base/log.h"
#include "store/integrity.h"
#include "store/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* How long we wait for another program that writes (sqlite3 on the command
     * line); our own readers never block us. */
    WRITER_BUSY_MS = 2000,
    READER_BUSY_MS = 1000,
    /* Above every limit of unit.c: only a bug or a foreign file meets it. */
    MAX_VALUE_BYTES = 4 << 20,
    PATH_BYTES = 4096 + 64,
    CHECK_MS = 500, /* of the time to the first answer, which is 2 s */
};

/* WAL so that readers never wait; FULL so that a commit survives a power cut;
 * savepoints keep their undo pages in memory. */
static const char writer_pragmas[] = "PRAGMA journal_mode = WAL;"
                                     "PRAGMA synchronous = FULL;"
                                     "PRAGMA foreign_keys = ON;"
                                     "PRAGMA journal_size_limit = 67108864;"
                                     "PRAGMA temp_store = MEMORY;";

enum status
database_fail(struct sqlite3 *db, struct err *err, const char *what)
{
    int         code = sqlite3_extended_errcode(db);
    const char *text = sqlite3_errmsg(db);

    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
            code == SQLITE_CONSTRAINT_FOREIGNKEY)
            return err_set(err, STATUS_CONFLICT, "%s: %s", what, text);
        return err_set(err, STATUS_RANGE, "%s: %s", what, text);
    case SQLITE_TOOBIG:
        return err_set(err, STATUS_LIMIT, "%s: %s", what, text);
    case SQLITE_INTERRUPT:
        return err_set(err, STATUS_TIMEOUT, "%s: the history's deadline passed; ask for less",
                       what);
    case SQLITE_FULL:
        return err_set(err, STATUS_STORE, "%s: %s; free space on the disk of data_dir", what, text);
    default:
        return err_set(err, STATUS_STORE, "%s: %s (SQLite code %d)", what, text, code);
    }
}

enum store_fault
database_fault(struct sqlite3 *db)
{
    return storehealth_fault_of(sqlite3_extended_errcode(db), sqlite3_system_errno(db));
}

enum status
database_exec(struct sqlite3 *db, const char *sql, struct err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? STATUS_OK
                                                                : database_fail(db, err, "history");
}

enum status
database_number(struct sqlite3 *db, const char *sql, int64_t *out, struct err *err)
{
    struct sqlite3_stmt *q = NULL;
    enum status          s = STATUS_OK;

    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        *out = sqlite3_column_int64(q, 0);
    else
        s = database_fail(db, err, "history");
    sqlite3_finalize(q);
    return s;
}

void
database_close(struct sqlite3 *db)
{
    sqlite3_close(db);
}

/* The handle exists even where opening failed, and must be closed. */
static enum status
open_with(const char *name, int flags, int busy_ms, struct sqlite3 **out, enum store_fault *fault,
          struct err *err)
{
    enum status s;

    if (sqlite3_open_v2(name, out, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) ==
        SQLITE_OK) {
        sqlite3_busy_timeout(*out, busy_ms);
        sqlite3_limit(*out, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
        return STATUS_OK;
    }
    *fault = *out ? database_fault(*out) : STORE_FAULT_OTHER;
    s = *out ? database_fail(*out, err, "open")
             : err_set(err, STATUS_STORE, "open: SQLite has no memory");
    sqlite3_close(*out);
    *out = NULL;
    return s;
}

/* New file: mark it ours and let freed pages be given back later, which must
 * be said before the first table.  Old file: it must be ours. */
static enum status
claim(struct sqlite3 *db, struct err *err)
{
    int64_t     id, objects;
    char        mark[80];
    enum status s = database_number(db, "PRAGMA application_id", &id, err);

    if (!s)
        s = database_number(db, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (s || id == DATABASE_APPLICATION_ID)
        return s;
    if (id || objects)
        return err_set(err, STATUS_CONFLICT,
                       "the file is a database of another program; choose another data_dir");
    s = database_exec(db, "PRAGMA auto_vacuum = INCREMENTAL", err);
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d", DATABASE_APPLICATION_ID);
    return s ? s : database_exec(db, mark, err);
}

/* The PRAGMA answers with another mode instead of failing where a file system
 * cannot share memory. */
static enum status
require_wal(struct sqlite3 *db, struct err *err)
{
    int64_t     wal;
    enum status s =
        database_number(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &wal, err);

    if (!s && !wal)
        return err_set(
            err, STATUS_STORE,
            "the file system cannot keep a write-ahead log; put data_dir on a local disk");
    return s;
}

/* SQLite would make the file readable to all; -wal and -shm copy its mode. */
static enum status
make_private(const char *path, enum store_fault *fault, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        *fault = storehealth_fault_of_errno(errno);
        return err_set(err, STATUS_IO, "cannot open for writing: %s", strerror(errno));
    }
    close(fd);
    return STATUS_OK;
}

/* Ours, sound as far as a moment shows, in WAL mode; the schema is not looked at. */
static enum status
open_sound(const char *path, struct sqlite3 **db, enum store_fault *fault, struct err *err)
{
    struct integrity sound;
    enum status      s = open_with(path, SQLITE_OPEN_READWRITE, WRITER_BUSY_MS, db, fault, err);

    if (s)
        return s;
    s = claim(*db, err);
    if (!s)
        s = database_exec(*db, writer_pragmas, err);
    if (!s)
        s = require_wal(*db, err);
    if (s) {
        *fault = s == STATUS_STORE ? database_fault(*db) : STORE_FAULT_OTHER;
        return s;
    }
    s = integrity_check(*db, CHECK_MS, &sound, err);
    if (s)
        *fault = sound.fault;
    else
        log_event(LOG_LEVEL_INFO, "history_checked", log_int("tables", sound.looked_at),
                  log_int("of", sound.tables), log_int("ms", sound.ms));
    return s;
}

enum status
database_open_writer(const char *path, struct sqlite3 **out, enum store_fault *fault,
                     struct err *err)
{
    size_t                     n;
    const struct migrate_step *steps = migrate_steps(&n);
    struct sqlite3            *db = NULL;
    enum status                s = make_private(path, fault, err);

    if (!s)
        s = open_sound(path, &db, fault, err);
    if (!s)
        s = migrate_run(db, steps, n, fault, err);
    if (s) {
        err_wrap(err, "%s", path);
        database_close(db);
        return s;
    }
    *out = db;
    return STATUS_OK;
}

/* "file:" name that SQLite reads without locks, -wal and -shm. */
static enum status
immutable_name(const char *path, char name[3 * PATH_BYTES], struct err *err)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t            n = (size_t)snprintf(name, 3 * PATH_BYTES, "file:");

    if (strlen(path) >= PATH_BYTES - 32)
        return err_set(err, STATUS_RANGE, "the path is too long");
    for (const char *p = path; *p; p++) {
        if (strchr("%?#", *p)) {
            name[n++] = '%';
            name[n++] = hex[*p >> 4];
            name[n++] = hex[*p & 15];
        } else {
            name[n++] = *p;
        }
    }
    snprintf(name + n, 3 * PATH_BYTES - n, "?immutable=1");
    return STATUS_OK;
}

/* Without -shm and with no way to make one, SQLite cannot open a WAL file.
 * What a clean close left behind is complete without its -wal. */
static enum status
open_as_it_stands(const char *path, struct sqlite3 **out, struct err *err)
{
    char             name[3 * PATH_BYTES], wal[PATH_BYTES];
    struct stat      st;
    enum store_fault unused;
    enum status      s = immutable_name(path, name, err);

    if (s)
        return s;
    snprintf(wal, sizeof wal, "%s-wal", path);
    if (stat(wal, &st) == 0 && st.st_size > 0)
        return err_set(err, STATUS_STORE,
                       "the history was not closed cleanly and its directory cannot be written: "
                       "run this as the daemon's user, or start the daemon once");
    return open_with(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, READER_BUSY_MS, out, &unused,
                     err);
}

/* A history of ours, of a schema that this program knows. */
static enum status
check_known(struct sqlite3 *db, int64_t *version, size_t *known, struct err *err)
{
    int64_t     id;
    enum status s = database_number(db, "PRAGMA application_id", &id, err);

    if (!s)
        s = database_number(db, "PRAGMA user_version", version, err);
    if (s)
        return s;
    (void)migrate_steps(known);
    if (id != DATABASE_APPLICATION_ID)
        return err_set(err, STATUS_CONFLICT, "the file is not a history of verdictd's");
    if (*version > (int64_t)*known)
        return err_set(err, STATUS_CONFLICT,
                       "the history has schema %lld, this verdictd knows up to %zu; use the newer "
                       "verdictd that wrote it",
                       (long long)*version, *known);
    return STATUS_OK;
}

static enum status
check_readable(struct sqlite3 *db, struct err *err)
{
    int64_t     version;
    size_t      n;
    enum status s = check_known(db, &version, &n, err);

    if (!s && version < (int64_t)n)
        return err_set(err, STATUS_CONFLICT,
                       "the history has schema %lld, this verdictd reads %zu; start the daemon "
                       "once, which brings it forward",
                       (long long)version, n);
    return s;
}

enum status
database_open_copy(const char *path, struct sqlite3 **out, struct err *err)
{
    struct sqlite3  *db = NULL;
    struct stat      st;
    struct err       first = {0};
    enum store_fault fault;
    int64_t          version;
    size_t           n;
    enum status      s;

    if (stat(path, &st))
        return err_set(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "backup %s: %s", path,
                       strerror(errno));
    s = open_with(path, SQLITE_OPEN_READONLY, READER_BUSY_MS, &db, &fault, &first);
    if (!s)
        s = check_known(db, &version, &n, &first);
    if (s) {
        database_close(db);
        return err_set(err, s, "backup %s: %s", path, first.text);
    }
    *out = db;
    return STATUS_OK;
}

static bool
lacks_shared_memory(struct sqlite3 *db)
{
    int primary = sqlite3_errcode(db) & 0xff;

    return primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY;
}

enum status
database_open_reader(const char *path, struct sqlite3 **out, struct err *err)
{
    struct sqlite3  *db = NULL;
    struct stat      st;
    struct err       first = {0};
    enum store_fault fault;
    int64_t          unused;
    enum status      s;

    if (stat(path, &st))
        return err_set(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "history %s: %s", path,
                       strerror(errno));
    s = open_with(path, SQLITE_OPEN_READONLY, READER_BUSY_MS, &db, &fault, &first);
    /* Opening is lazy: only the first read meets -wal and -shm. */
    if (!s)
        s = database_number(db, "PRAGMA schema_version", &unused, &first);
    if (s && db && lacks_shared_memory(db)) {
        database_close(db);
        db = NULL;
        first = (struct err){0};
        s = open_as_it_stands(path, &db, &first);
    }
    if (!s)
        s = check_readable(db, &first);
    if (s) {
        database_close(db);
        return err_set(err, s, "history %s: %s", path, first.text);
    }
    *out = db;
    return STATUS_OK;
}
