#include "store/writer.h"

#include "base/heap.h"
#include "base/log.h"
#include "store/healthbook.h"
#include "store/retention.h"
#include "store/unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct writer {
    struct connection connection;
    struct healthbook health;
    bool              synchronous;
    pthread_t         thread;
    int               wake_fd; /* eventfd: something was queued, or stop */

    /* Under lock. */
    pthread_mutex_t        lock;
    pthread_cond_t         idle; /* pending has become 0 */
    struct unit_list       queue;
    size_t                 pending; /* units queued, or in a group, or not yet told */
    size_t                 pending_bytes, max_bytes;
    int64_t                oldest_wall_ms; /* when the first of pending was submitted; 0: none */
    bool                   stopping;
    bool                   has_keep; /* keep is news */
    struct store_retention keep;

    /* The store thread's own. */
    struct unit_list todo, group; /* taken from the queue; in the open transaction */
    bool             lost;        /* the group's transaction is gone */
    bool             careful;     /* the group's units are applied in savepoints */
    int64_t          began_ms;    /* of the group, on clock_system */
    int64_t          last_end_ms; /* of the last commit, on clock_system */

    bool             forgets, logged_forgetting; /* retention is set; its fault was told */
    struct retention retention;
};

/* Pacing is in real time, whatever clock the health is told by. */
static int64_t
real_ms(void)
{
    return clock_mono_ms(&clock_system);
}

static void
note_fault(struct writer *w, const struct err *err)
{
    healthbook_fault(&w->health, connection_fault(&w->connection), !w->connection.db, err);
}

/* Faults are noted at once: a rollback would hide why. */
static enum status
begin(struct writer *w, struct err *err)
{
    enum status s = connection_begin(&w->connection, err);

    if (s)
        note_fault(w, err);
    return s;
}

static enum status
commit(struct writer *w, struct err *err)
{
    int64_t     began = clock_mono_us();
    enum status s = connection_commit(&w->connection, err);

    if (s)
        note_fault(w, err);
    else
        healthbook_commit(&w->health, clock_mono_us() - began);
    return s;
}

/* One unit in a transaction of its own.  *began: BEGIN worked. */
static enum status
commit_alone(struct writer *w, const struct store_commit *c, bool *began, struct err *err)
{
    enum status s = begin(w, err);
    bool        torn;

    *began = !s;
    if (s)
        return s;
    s = connection_apply(&w->connection, c, &torn, err);
    if (s == STATUS_STORE)
        note_fault(w, err);
    else if (!s)
        s = commit(w, err);
    if (s)
        connection_roll_back(&w->connection);
    return s;
}

/* Call every done, in order, and give the memory back. */
static void
group_tell(struct writer *w)
{
    uint64_t         units = 0, failed = 0;
    struct unit     *u, *oldest;
    struct unit_list told = w->group;
    size_t           n = 0, bytes = 0;

    for (u = w->group.head; u; u = u->next) {
        units += u->status == STATUS_OK;
        failed += u->status != STATUS_OK;
    }
    healthbook_units(&w->health, units, failed);
    healthbook_sizes(&w->health, w->connection.db);
    unit_list_init(&w->group);
    while ((u = unit_list_pop(&told))) {
        if (u->done)
            u->done(u->ctx, u->status, &u->err);
        bytes += u->bytes;
        n++;
        unit_free(u);
    }
    pthread_mutex_lock(&w->lock);
    w->pending -= n;
    w->pending_bytes -= bytes;
    oldest = w->todo.head ? w->todo.head : w->queue.head; /* the group is empty */
    w->oldest_wall_ms = oldest ? oldest->submitted_wall_ms : 0;
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
        connection_roll_back(&w->connection);
        group_alone(w);
        return;
    }
    group_tell(w);
    w->last_end_ms = real_ms();
}

/* A unit was torn: all of its group once more, in savepoints. */
static void
apply_again(struct writer *w)
{
    struct err err = {0};

    connection_roll_back(&w->connection);
    w->careful = true;
    w->lost = begin(w, &err) != STATUS_OK;
    for (struct unit *u = w->group.head; u && !w->lost; u = u->next) {
        u->err = (struct err){0};
        u->status = connection_apply_whole(&w->connection, &u->commit, &u->err);
        w->lost = u->status == STATUS_STORE || connection_is_idle(&w->connection);
    }
}

/* Savepoints cost more than all else that is ours, so only a group in which a unit was torn
 * pays for them. */
static void
apply(struct writer *w, struct unit *u)
{
    bool torn = false;

    if (w->careful)
        u->status = connection_apply_whole(&w->connection, &u->commit, &u->err);
    else
        u->status = connection_apply(&w->connection, &u->commit, &torn, &u->err);
    w->lost = u->status == STATUS_STORE || connection_is_idle(&w->connection);
    if (torn && !w->lost)
        apply_again(w);
}

/* Nothing can be written: another program holds the file, or worse.  All that
 * has been taken fails with u, since each of them would wait as long again. */
static void
refuse_taken(struct writer *w, struct unit *u)
{
    struct unit *rest;

    unit_list_push(&w->group, u);
    while ((rest = unit_list_pop(&w->todo))) {
        rest->status = u->status;
        rest->err = u->err;
        unit_list_push(&w->group, rest);
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
        w->lost = w->careful = false;
        w->began_ms = real_ms();
    }
    unit_list_push(&w->group, u);
    apply(w, u);
    if (w->lost)
        connection_roll_back(&w->connection);
}

static bool
take_queue(struct writer *w)
{
    bool stopping;

    pthread_mutex_lock(&w->lock);
    if (w->queue.head) {
        w->todo = (struct unit_list){w->queue.head, w->queue.tail};
        unit_list_init(&w->queue);
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
    struct connection  *c = &w->connection;
    struct store_health h = healthbook_read(&w->health);
    enum status         s =
        retention_step(&w->retention, &c->stmts, clock_wall_ms(w->health.clock), &h, &err);

    runrows_forget(c->rows); /* runs may be gone */
    healthbook_forgot(&w->health, &h);
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
    if (!w->connection.db || !w->forgets)
        return -1;
    wait = retention_wait_ms(&w->retention);
    if (wait)
        return wait;
    forget_some(w);
    healthbook_sizes(&w->health, w->connection.db);
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

        if ((u = unit_list_pop(&w->todo)))
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

    healthbook_units(&w->health, s == STATUS_OK, s != STATUS_OK);
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
    u->submitted_wall_ms = clock_wall_ms(w->health.clock);
    pthread_mutex_lock(&w->lock);
    first = !w->queue.head; /* else the thread has been woken and not been here yet */
    if (w->pending_bytes + u->bytes > w->max_bytes) {
        s = STATUS_BUSY;
    } else {
        unit_list_push(&w->queue, u);
        if (w->pending++ == 0)
            w->oldest_wall_ms = u->submitted_wall_ms;
        w->pending_bytes += u->bytes;
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
    struct store_health h = healthbook_read(&w->health);

    pthread_mutex_lock(&w->lock);
    h.queue_bytes = w->pending_bytes;
    h.queue_max_bytes = w->max_bytes;
    h.queue_units = w->pending;
    h.waiting_wall_ms = w->oldest_wall_ms;
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
    connection_release(&w->connection);
    healthbook_release(&w->health);
    pthread_cond_destroy(&w->idle);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

enum status
writer_start(struct sqlite3 *db, const struct connection_door *door,
             const struct store_options *options, struct writer **out, struct err *err)
{
    struct writer *w = heap_new(1, sizeof *w);
    enum status    s = STATUS_OK;

    connection_init(&w->connection, door);
    healthbook_init(&w->health, options->clock ? options->clock : &clock_system);
    w->synchronous = options->synchronous;
    w->max_bytes = options->queue_bytes ? options->queue_bytes : STORE_QUEUE_BYTES;
    w->last_end_ms = real_ms() - STORE_GROUP_MS;
    unit_list_init(&w->queue);
    unit_list_init(&w->todo);
    unit_list_init(&w->group);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->idle, NULL);
    if (db) {
        s = connection_adopt(&w->connection, db, err);
    } else {
        note_fault(w, &door->why);
        healthbook_units(&w->health, 0, 0); /* the log hears of it now */
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
