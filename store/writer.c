#include "store/writer.h"

#include "base/heap.h"
#include "base/log.h"
#include "store/apply.h"
#include "store/database.h"
#include "store/retention.h"
#include "store/unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_PAUSE_MS = 1000, MOST_PAUSE_MS = 60000 };

struct list {
    struct unit *head, **tail;
};

struct writer {
    struct sqlite3     *db; /* NULL: not open yet */
    struct writer_door  door;
    int64_t             next_try_ms, pause_ms; /* of the door, on clock_system */
    struct stmt_set     stmts;
    const struct clock *clock;
    bool                synchronous;
    pthread_t           thread;
    int                 wake_fd; /* eventfd: something was queued, or stop */

    /* Under lock. */
    pthread_mutex_t        lock;
    pthread_cond_t         idle; /* pending has become 0 */
    struct list            queue;
    size_t                 pending; /* units queued, or in a group, or not yet told */
    struct store_health    health;
    bool                   stopping;
    bool                   has_keep; /* keep is news */
    struct store_retention keep;

    /* The store thread's own. */
    struct list todo, group;    /* taken from the queue; in the open transaction */
    bool        lost;           /* SQLite rolled the group back */
    bool        logged_failing; /* what the log was last told */
    int64_t     began_ms;       /* of the group, on clock_system */
    int64_t     last_end_ms;    /* of the last commit, on clock_system */
    int64_t     sized_ms;       /* when the files' sizes were looked at, on clock_system */

    bool             forgets, logged_forgetting; /* retention is set; its fault was told */
    struct retention retention;
};

static void
list_init(struct list *l)
{
    *l = (struct list){NULL, &l->head};
}

static void
list_push(struct list *l, struct unit *u)
{
    u->next = NULL;
    *l->tail = u;
    l->tail = &u->next;
}

static struct unit *
list_pop(struct list *l)
{
    struct unit *u = l->head;

    if (u && !(l->head = u->next))
        l->tail = &l->head;
    return u;
}

/* Pacing is in real time, whatever clock the health is told by. */
static int64_t
real_ms(void)
{
    return clock_mono_ms(&clock_system);
}

/* A transaction met a fault of the disk or of SQLite: a unit that contradicts the
 * history says nothing about the store.  At once after it: a rollback would hide why. */
static void
note_fault(struct writer *w, const struct err *err)
{
    enum store_fault fault = w->db ? database_fault(w->db) : w->door.fault;

    pthread_mutex_lock(&w->lock);
    w->health.failing = true;
    w->health.detached = !w->db;
    w->health.failed_commits++;
    w->health.fault = fault;
    w->health.damaged |= fault == STORE_FAULT_CORRUPT;
    w->health.last_fault = *err;
    w->health.last_fault_mono_ms = clock_mono_ms(w->clock);
    w->health.last_fault_wall_ms = clock_wall_ms(w->clock);
    pthread_mutex_unlock(&w->lock);
}

static enum status
adopt(struct writer *w, struct sqlite3 *db, struct err *err)
{
    enum status s = stmt_prepare(&w->stmts, db, STMT_WRITER, err);

    if (s) {
        w->door.fault = database_fault(db);
        database_close(db);
        return s;
    }
    w->db = db;
    return STATUS_OK;
}

/* Time does not mend a damaged file, nor one of a newer verdictd: a person does, and
 * starts us anew. */
static bool
worth_trying(const struct writer *w)
{
    return w->door.fault != STORE_FAULT_CORRUPT && w->door.fault != STORE_FAULT_NEWER &&
           real_ms() >= w->next_try_ms;
}

/* A connection, or why there is none.  Opening takes its time, so it is tried less and
 * less often. */
static enum status
need_connection(struct writer *w, struct err *err)
{
    struct sqlite3 *db;
    struct err      why = {0};
    enum status     s;

    if (w->db)
        return STATUS_OK;
    if (worth_trying(w)) {
        s = w->door.open(w->door.ctx, &db, &w->door.fault, &why);
        if (!s)
            s = adopt(w, db, &why);
        if (!s)
            return STATUS_OK;
        w->door.why = why;
        w->pause_ms = w->pause_ms * 2 > MOST_PAUSE_MS ? MOST_PAUSE_MS : w->pause_ms * 2;
        w->next_try_ms = real_ms() + w->pause_ms;
    }
    return err_set(err, STATUS_STORE, "%s", w->door.why.text);
}

static enum status
begin(struct writer *w, struct err *err)
{
    enum status s = need_connection(w, err);

    if (!s)
        s = stmt_run(&w->stmts, STMT_BEGIN, err);
    if (s)
        note_fault(w, err);
    return s;
}

/* COMMIT, and the counters. */
static enum status
commit(struct writer *w, struct err *err)
{
    int64_t     began = clock_mono_us();
    enum status s = stmt_run(&w->stmts, STMT_COMMIT, err);

    if (s) {
        note_fault(w, err);
        return s;
    }
    pthread_mutex_lock(&w->lock);
    w->health.failing = w->health.detached = false;
    w->health.fault = STORE_FAULT_NONE;
    w->health.last_commit_mono_ms = clock_mono_ms(w->clock);
    w->health.last_commit_wall_ms = clock_wall_ms(w->clock);
    storehealth_note_commit(&w->health, clock_mono_us() - began);
    pthread_mutex_unlock(&w->lock);
    return STATUS_OK;
}

/* The store's turn to failing and back. */
static void
log_failing(struct writer *w, const struct store_health *h)
{
    if (h->failing == w->logged_failing)
        return;
    w->logged_failing = h->failing;
    if (h->failing)
        log_event(LOG_LEVEL_ERROR, "store_failing",
                  log_text("fault", storehealth_fault_text(h->fault)),
                  log_text("error", h->last_fault.text),
                  log_text("remedy", storehealth_fault_remedy(h->fault)));
    else
        log_event(LOG_LEVEL_INFO, "store_recovered");
}

/* Count a group's units; the log hears once a group, so that a nearly full disk which
 * takes every other unit stays quiet. */
static void
note_units(struct writer *w, uint64_t units, uint64_t failed)
{
    struct store_health h;

    pthread_mutex_lock(&w->lock);
    w->health.units += units;
    w->health.failed_units += failed;
    h = w->health;
    pthread_mutex_unlock(&w->lock);
    log_failing(w, &h);
}

/* SQLite ends the transaction by itself when the disk fails badly enough. */
static void
roll_back(struct writer *w)
{
    if (w->db && !sqlite3_get_autocommit(w->db))
        (void)!stmt_run(&w->stmts, STMT_ROLLBACK, NULL); /* the first error is the news */
}

/* One unit in a transaction of its own.  *began: BEGIN worked. */
static enum status
commit_alone(struct writer *w, const struct store_commit *c, bool *began, struct err *err)
{
    enum status s = begin(w, err);

    *began = !s;
    if (s)
        return s;
    s = apply_commit(&w->stmts, c, err);
    if (s == STATUS_STORE)
        note_fault(w, err);
    else if (!s)
        s = commit(w, err);
    if (s)
        roll_back(w);
    return s;
}

static uint64_t
size_of(const char *path)
{
    struct stat st;

    return path && *path && stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* At most once a second. */
static void
note_sizes(struct writer *w)
{
    const char *path = w->db ? sqlite3_db_filename(w->db, "main") : NULL;
    int64_t     spare = 0, page = 0;
    uint64_t    file, wal;

    if (!path || real_ms() < w->sized_ms + 1000)
        return;
    w->sized_ms = real_ms();
    file = size_of(path);
    wal = size_of(sqlite3_filename_wal(path));
    if (database_number(w->db, "PRAGMA freelist_count", &spare, NULL) ||
        database_number(w->db, "PRAGMA page_size", &page, NULL))
        spare = page = 0;
    pthread_mutex_lock(&w->lock);
    w->health.file_bytes = file;
    w->health.wal_bytes = wal;
    w->health.free_bytes = (uint64_t)spare * (uint64_t)page;
    pthread_mutex_unlock(&w->lock);
}

/* Call every done, in order, and give the memory back. */
static void
group_tell(struct writer *w)
{
    uint64_t     units = 0, failed = 0;
    struct unit *u;
    struct list  told = w->group;
    size_t       n = 0, bytes = 0;

    for (u = w->group.head; u; u = u->next) {
        units += u->status == STATUS_OK;
        failed += u->status != STATUS_OK;
    }
    note_units(w, units, failed);
    note_sizes(w);
    list_init(&w->group);
    while ((u = list_pop(&told))) {
        if (u->done)
            u->done(u->ctx, u->status, &u->err);
        bytes += u->bytes;
        n++;
        unit_free(u);
    }
    pthread_mutex_lock(&w->lock);
    w->pending -= n;
    w->health.queue_bytes -= bytes;
    w->health.queue_units -= n;
    if (!w->pending)
        pthread_cond_broadcast(&w->idle);
    pthread_mutex_unlock(&w->lock);
}

/* The group's transaction is gone.  Try every unit once more by itself: one
 * that is too large for what is left of the disk must not fail the others. */
static void
group_alone(struct writer *w)
{
    bool began = true;

    w->lost = false;
    for (struct unit *u = w->group.head; u; u = u->next) {
        u->err = (struct err){0};
        u->status = commit_alone(w, &u->commit, &began, &u->err);
        if (began)
            continue;
        /* Another program holds the file: waiting again for each of them
         * would hold up the queue for minutes. */
        for (struct unit *rest = u->next; rest; rest = rest->next) {
            rest->status = u->status;
            rest->err = u->err;
        }
        break;
    }
    group_tell(w);
    w->last_end_ms = real_ms();
}

static void
group_commit(struct writer *w)
{
    struct err  err = {0};
    enum status s;

    if (w->lost) {
        group_alone(w);
        return;
    }
    s = commit(w, &err);
    if (s) {
        roll_back(w);
        group_alone(w);
        return;
    }
    group_tell(w);
    w->last_end_ms = real_ms();
}

static void
apply_in_savepoint(struct writer *w, struct unit *u)
{
    enum status s = stmt_run(&w->stmts, STMT_UNIT_BEGIN, &u->err);

    if (!s)
        s = apply_commit(&w->stmts, &u->commit, &u->err);
    if (s && !sqlite3_get_autocommit(w->db) &&
        stmt_run(&w->stmts, STMT_UNIT_UNDO, NULL) != STATUS_OK)
        roll_back(w); /* no half of a unit may reach the COMMIT */
    if (!sqlite3_get_autocommit(w->db) && stmt_run(&w->stmts, STMT_UNIT_KEEP, NULL) != STATUS_OK)
        roll_back(w);
    u->status = s;
    w->lost = sqlite3_get_autocommit(w->db) != 0;
}

/* Nothing can be written: another program holds the file, or worse.  All that
 * has been taken fails with u, since each of them would wait as long again. */
static void
refuse_taken(struct writer *w, struct unit *u)
{
    struct unit *rest;

    list_push(&w->group, u);
    while ((rest = list_pop(&w->todo))) {
        rest->status = u->status;
        rest->err = u->err;
        list_push(&w->group, rest);
    }
    group_tell(w);
    w->last_end_ms = real_ms();
}

/* A unit that fails by a fault of the store loses its group as well, so that
 * group_alone() gives everyone a second chance and health hears of it. */
static void
group_add(struct writer *w, struct unit *u)
{
    if (!w->group.head) {
        u->status = begin(w, &u->err);
        if (u->status) {
            refuse_taken(w, u);
            return;
        }
        w->lost = false;
        w->began_ms = real_ms();
    }
    list_push(&w->group, u);
    apply_in_savepoint(w, u);
    if (u->status == STATUS_STORE) {
        roll_back(w);
        w->lost = true;
    }
}

static bool
take_queue(struct writer *w)
{
    bool stopping;

    pthread_mutex_lock(&w->lock);
    if (w->queue.head) {
        w->todo = (struct list){w->queue.head, w->queue.tail};
        list_init(&w->queue);
    }
    stopping = w->stopping;
    pthread_mutex_unlock(&w->lock);
    return stopping;
}

/* Milliseconds until the open group is to be committed; 0: now; -1: none is. */
static int
group_due_ms(const struct writer *w, bool stopping)
{
    int64_t now = real_ms(), left;

    if (!w->group.head)
        return -1;
    if (stopping || w->lost)
        return 0;
    left = (w->todo.head ? w->began_ms : w->last_end_ms) + STORE_GROUP_MS - now;
    return left < 0 ? 0 : (int)left;
}

static void
take_keep(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    if (w->has_keep) {
        w->forgets = true;
        retention_init(&w->retention, &w->keep);
    }
    w->has_keep = false;
    pthread_mutex_unlock(&w->lock);
}

static void
forget_some(struct writer *w)
{
    struct err          err = {0};
    struct store_health h = writer_health(w);
    enum status s = retention_step(&w->retention, &w->stmts, clock_wall_ms(w->clock), &h, &err);

    pthread_mutex_lock(&w->lock);
    memcpy(w->health.rows, h.rows, sizeof h.rows);
    memcpy(w->health.bytes, h.bytes, sizeof h.bytes);
    memcpy(w->health.deleted, h.deleted, sizeof h.deleted);
    w->health.walked_wall_ms = h.walked_wall_ms;
    w->health.over_size = h.over_size;
    pthread_mutex_unlock(&w->lock);
    if (s && !w->logged_forgetting)
        log_event(LOG_LEVEL_WARN, "retention_failed", log_text("error", err.text));
    w->logged_forgetting = s != STATUS_OK;
}

/* What there is to do while no unit waits; how long there is nothing, in milliseconds,
 * -1: for ever. */
static int
do_upkeep(struct writer *w)
{
    int wait;

    take_keep(w);
    if (!w->db || !w->forgets)
        return -1;
    wait = retention_wait_ms(&w->retention);
    if (wait)
        return wait;
    forget_some(w);
    note_sizes(w);
    return retention_wait_ms(&w->retention);
}

static void
wait_for_work(struct writer *w, int timeout_ms)
{
    struct pollfd p = {.fd = w->wake_fd, .events = POLLIN};
    uint64_t      n;

    if (poll(&p, 1, timeout_ms) > 0)
        (void)!read(w->wake_fd, &n, sizeof n);
}

static void *
writer_main(void *arg)
{
    struct writer *w = arg;
    struct unit   *u;

    for (;;) {
        bool stopping = w->todo.head ? false : take_queue(w);
        int  due;

        if ((u = list_pop(&w->todo)))
            group_add(w, u);
        due = group_due_ms(w, stopping);
        if (due == 0)
            group_commit(w);
        else if (!u && !stopping)
            wait_for_work(w, due < 0 ? do_upkeep(w) : due);
        else if (!u && !w->group.head)
            return NULL;
    }
}

static void
wake(struct writer *w)
{
    uint64_t one = 1;

    (void)!write(w->wake_fd, &one, sizeof one); /* full: it is awake anyway */
}

static enum status
submit_now(struct writer *w, const struct store_commit *c, store_done_fn done, void *ctx)
{
    struct err  err = {0};
    bool        began;
    enum status s = commit_alone(w, c, &began, &err);

    note_units(w, s == STATUS_OK, s != STATUS_OK);
    if (done)
        done(ctx, s, &err);
    return STATUS_OK;
}

enum status
writer_submit(struct writer *w, const struct store_commit *c, store_done_fn done, void *ctx)
{
    struct unit *u;
    bool         first;
    enum status  s;

    if (w->synchronous)
        return submit_now(w, c, done, ctx);
    s = unit_copy(c, &u);
    if (s)
        return s;
    u->done = done;
    u->ctx = ctx;
    pthread_mutex_lock(&w->lock);
    first = !w->queue.head; /* else the thread has been woken and not been here yet */
    if (w->health.queue_bytes + u->bytes > w->health.queue_max_bytes) {
        s = STATUS_BUSY;
    } else {
        list_push(&w->queue, u);
        w->pending++;
        w->health.queue_bytes += u->bytes;
        w->health.queue_units++;
    }
    pthread_mutex_unlock(&w->lock);
    if (s)
        unit_free(u);
    else if (first)
        wake(w);
    return s;
}

void
writer_drain(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->pending)
        pthread_cond_wait(&w->idle, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

void
writer_set_retention(struct writer *w, const struct store_retention *r)
{
    pthread_mutex_lock(&w->lock);
    w->keep = *r;
    w->has_keep = true;
    pthread_mutex_unlock(&w->lock);
    if (!w->synchronous)
        wake(w);
}

struct store_health
writer_health(struct writer *w)
{
    struct store_health h;

    pthread_mutex_lock(&w->lock);
    h = w->health;
    pthread_mutex_unlock(&w->lock);
    return h;
}

/* Signals are the loop's business. */
static enum status
start_thread(struct writer *w, struct err *err)
{
    sigset_t all, before;
    int      rc;

    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wake_fd < 0)
        return err_set(err, STATUS_IO, "store thread: eventfd: %s", strerror(errno));
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&w->thread, NULL, writer_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!rc)
        return STATUS_OK;
    close(w->wake_fd);
    return err_set(err, STATUS_IO, "store thread: %s", strerror(rc));
}

static void
release(struct writer *w)
{
    stmt_release(&w->stmts);
    database_close(w->db);
    pthread_cond_destroy(&w->idle);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

enum status
writer_start(struct sqlite3 *db, const struct writer_door *door,
             const struct store_options *options, struct writer **out, struct err *err)
{
    struct writer *w = heap_new(1, sizeof *w);
    enum status    s = STATUS_OK;

    w->door = *door;
    w->pause_ms = FIRST_PAUSE_MS;
    w->clock = options->clock ? options->clock : &clock_system;
    w->synchronous = options->synchronous;
    w->health.queue_max_bytes = options->queue_bytes ? options->queue_bytes : STORE_QUEUE_BYTES;
    w->last_end_ms = real_ms() - STORE_GROUP_MS;
    list_init(&w->queue);
    list_init(&w->todo);
    list_init(&w->group);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->idle, NULL);
    if (db) {
        s = adopt(w, db, err);
    } else {
        note_fault(w, &door->why);
        w->next_try_ms = real_ms() + w->pause_ms;
        log_failing(w, &w->health);
    }
    if (!s && !w->synchronous)
        s = start_thread(w, err);
    if (s)
        release(w);
    else
        *out = w;
    return s;
}

void
writer_stop(struct writer *w)
{
    if (!w->synchronous) {
        pthread_mutex_lock(&w->lock);
        w->stopping = true;
        pthread_mutex_unlock(&w->lock);
        wake(w);
        pthread_join(w->thread, NULL);
        close(w->wake_fd);
    }
    release(w);
}
