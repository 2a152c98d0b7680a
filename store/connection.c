#include "store/connection.h"

#include "base/clock.h"
#include "store/apply.h"
#include "store/database.h"

#include <sqlite3.h>

enum { FIRST_PAUSE_MS = 1000, MOST_PAUSE_MS = 60000 };

/* Pacing is in real time, whatever clock the health is told by. */
static int64_t
real_ms(void)
{
    return clock_mono_ms(&clock_system);
}

void
connection_init(struct connection *c, const struct connection_door *door)
{
    *c = (struct connection){.door = *door,
                             .pause_ms = FIRST_PAUSE_MS,
                             .next_try_ms = real_ms() + FIRST_PAUSE_MS,
                             .rows = runrows_new()};
}

void
connection_release(struct connection *c)
{
    stmt_release(&c->stmts);
    database_close(c->db);
    runrows_free(c->rows);
}

enum status
connection_adopt(struct connection *c, struct sqlite3 *db, struct err *err)
{
    enum status s = stmt_prepare(&c->stmts, db, STMT_WRITER, err);

    if (s) {
        c->door.fault = database_fault(db);
        database_close(db);
        return s;
    }
    c->db = db;
    return STATUS_OK;
}

enum store_fault
connection_fault(const struct connection *c)
{
    return c->db ? database_fault(c->db) : c->door.fault;
}

/* Time does not mend a damaged file, nor one of a newer verdictd: a person does, and
 * starts us anew. */
static bool
worth_trying(const struct connection *c)
{
    return c->door.fault != STORE_FAULT_CORRUPT && c->door.fault != STORE_FAULT_NEWER &&
           real_ms() >= c->next_try_ms;
}

static enum status
need_database(struct connection *c, struct err *err)
{
    struct sqlite3 *db;
    struct err      why = {0};
    enum status     s;

    if (c->db)
        return STATUS_OK;
    if (worth_trying(c)) {
        s = c->door.open(c->door.ctx, &db, &c->door.fault, &why);
        if (!s)
            s = connection_adopt(c, db, &why);
        if (!s)
            return STATUS_OK;
        c->door.why = why;
        c->pause_ms = c->pause_ms * 2 > MOST_PAUSE_MS ? MOST_PAUSE_MS : c->pause_ms * 2;
        c->next_try_ms = real_ms() + c->pause_ms;
    }
    return err_set(err, STATUS_STORE, "%s", c->door.why.text);
}

enum status
connection_begin(struct connection *c, struct err *err)
{
    enum status s = need_database(c, err);

    return s ? s : stmt_run(&c->stmts, STMT_BEGIN, err);
}

enum status
connection_commit(struct connection *c, struct err *err)
{
    return stmt_run(&c->stmts, STMT_COMMIT, err);
}

bool
connection_is_idle(const struct connection *c)
{
    return !c->db || sqlite3_get_autocommit(c->db) != 0;
}

void
connection_roll_back(struct connection *c)
{
    runrows_forget(c->rows);
    if (!connection_is_idle(c))
        (void)!stmt_run(&c->stmts, STMT_ROLLBACK, NULL); /* the first error is the news */
}

enum status
connection_apply(struct connection *c, const struct store_commit *unit, bool *torn, struct err *err)
{
    int64_t     changes = sqlite3_total_changes64(c->db);
    enum status s = apply_commit(&c->stmts, c->rows, unit, err);

    *torn = s && sqlite3_total_changes64(c->db) != changes;
    if (s)
        runrows_forget(c->rows);
    return s;
}

enum status
connection_apply_whole(struct connection *c, const struct store_commit *unit, struct err *err)
{
    enum status s = stmt_run(&c->stmts, STMT_UNIT_BEGIN, err);

    if (!s)
        s = apply_commit(&c->stmts, c->rows, unit, err);
    if (s)
        runrows_forget(c->rows);
    if (s && !connection_is_idle(c) && stmt_run(&c->stmts, STMT_UNIT_UNDO, NULL) != STATUS_OK)
        connection_roll_back(c); /* no half of a unit may reach the COMMIT */
    if (!connection_is_idle(c) && stmt_run(&c->stmts, STMT_UNIT_KEEP, NULL) != STATUS_OK)
        connection_roll_back(c);
    return s;
}
