#include "store/integrity.h"

#include "base/clock.h"
#include "base/slice.h"
#include "store/database.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TABLES = 64, NAME_BYTES = 64, AGAIN_MS = 5 };

/* Ends the check from outside: SQLite asks no progress handler while it walks a tree. */
struct watch {
    struct sqlite3 *db;
    struct timespec until;
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  ended;
    bool            over, started;
};

/* interval and verdict hold nearly all pages. */
static const char tables_sql[] =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    " ORDER BY name = 'interval', name = 'verdict', name = 'run_state', name";

static void *
watch_main(void *ctx)
{
    struct watch *w = ctx;

    pthread_mutex_lock(&w->lock);
    while (!w->over) {
        if (pthread_cond_timedwait(&w->ended, &w->lock, &w->until) == 0)
            continue;
        /* Again and again: what comes just before a statement begins ends nothing. */
        sqlite3_interrupt(w->db);
        w->until = clock_mono_in(AGAIN_MS);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static void
watch_start(struct watch *w, int64_t allowed_ms)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&w->lock, NULL);
    w->until = clock_mono_in(allowed_ms);
    w->started = allowed_ms && pthread_create(&w->thread, NULL, watch_main, w) == 0;
}

static void
watch_end(struct watch *w)
{
    pthread_mutex_lock(&w->lock);
    w->over = true;
    pthread_cond_signal(&w->ended);
    pthread_mutex_unlock(&w->lock);
    if (w->started)
        pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->ended);
    pthread_mutex_destroy(&w->lock);
}

static enum status
list_tables(struct sqlite3 *db, char names[MAX_TABLES][NAME_BYTES], unsigned *n, struct err *err)
{
    struct sqlite3_stmt *q = NULL;
    enum status          s = STATUS_OK;
    int                  rc;

    *n = 0;
    if (sqlite3_prepare_v2(db, tables_sql, -1, &q, NULL) != SQLITE_OK)
        return database_fail(db, err, "integrity");
    while ((rc = sqlite3_step(q)) == SQLITE_ROW && *n < MAX_TABLES)
        snprintf(names[(*n)++], NAME_BYTES, "%s", (const char *)sqlite3_column_text(q, 0));
    if (rc != SQLITE_DONE)
        s = database_fail(db, err, "integrity");
    sqlite3_finalize(q);
    return s;
}

/* What the check says of a page that it could not read is a row of its answer, as if the
 * page were damaged: "Page 7: unable to get the page. error code=266". */
static enum store_fault
fault_of_words(const char *said)
{
    static const char words[] = "error code=";
    const char       *at = said ? strstr(said, words) : NULL;
    size_t            n = 0;
    uint64_t          code;

    if (!at)
        return STORE_FAULT_CORRUPT;
    at += sizeof words - 1;
    while (at[n] >= '0' && at[n] <= '9')
        n++;
    if (slice_u64((struct slice){at, n}, &code) || code > INT32_MAX ||
        code == SQLITE_IOERR_SHORT_READ) /* the file ends before the page */
        return STORE_FAULT_CORRUPT;
    return storehealth_fault_of((int)code, 0);
}

/* STATUS_TIMEOUT: it was ended. */
static enum status
look_at_table(struct sqlite3 *db, const char *name, enum store_fault *fault, struct err *err)
{
    struct sqlite3_stmt *q = NULL;
    char                *sql = sqlite3_mprintf("PRAGMA quick_check(%Q)", name);
    enum status          s = STATUS_OK;
    const char          *said;

    if (!sql)
        return err_set(err, STATUS_STORE, "integrity: SQLite has no memory");
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW) {
        s = database_fail(db, err, name);
        *fault = database_fault(db);
    } else {
        said = (const char *)sqlite3_column_text(q, 0);
        if (!said || strcmp(said, "ok") != 0) {
            s = err_set(err, STATUS_STORE, "table %s: %.120s", name, said ? said : "no answer");
            *fault = fault_of_words(said);
        }
    }
    sqlite3_finalize(q);
    sqlite3_free(sql);
    return s;
}

/* Damage is there whenever one looks: what is not there the second time was read wrong. */
static enum status
check_table(struct sqlite3 *db, const char *name, enum store_fault *fault, struct err *err)
{
    enum status s = look_at_table(db, name, fault, err);
    struct err  again = {0};

    if (s && s != STATUS_TIMEOUT && *fault == STORE_FAULT_CORRUPT &&
        look_at_table(db, name, fault, &again) == STATUS_OK)
        *fault = STORE_FAULT_IO;
    return s;
}

static enum status
say_fault(enum store_fault fault, const struct err *why, struct err *err)
{
    if (fault == STORE_FAULT_IO || fault == STORE_FAULT_LOCKED)
        return err_set(err, STATUS_STORE, "cannot be read: %s", why->text);
    return err_set(err, STATUS_STORE, "damaged: %s", why->text);
}

enum status
integrity_check(struct sqlite3 *db, int64_t allowed_ms, struct integrity *out, struct err *err)
{
    char         names[MAX_TABLES][NAME_BYTES];
    int64_t      began = clock_mono_ms(&clock_system);
    struct watch watch = {.db = db};
    struct err   why = {0};
    enum status  s;

    *out = (struct integrity){0};
    watch_start(&watch, allowed_ms);
    s = list_tables(db, names, &out->tables, &why);
    if (s)
        out->fault = database_fault(db);
    /* An end that comes between two tables interrupts nothing. */
    while (!s && out->looked_at < out->tables &&
           !(allowed_ms && clock_mono_ms(&clock_system) - began >= allowed_ms)) {
        s = check_table(db, names[out->looked_at], &out->fault, &why);
        out->looked_at += s == STATUS_OK;
    }
    watch_end(&watch);
    out->ms = clock_mono_ms(&clock_system) - began;
    if (!s || s == STATUS_TIMEOUT) {
        out->fault = STORE_FAULT_NONE;
        return STATUS_OK;
    }
    if (out->fault != STORE_FAULT_IO && out->fault != STORE_FAULT_LOCKED)
        out->fault = STORE_FAULT_CORRUPT;
    return say_fault(out->fault, &why, err);
}
