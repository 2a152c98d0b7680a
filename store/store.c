#include "store/store.h"

#include "base/heap.h"
#include "store/database.h"
#include "store/datadir.h"
#include "store/writer.h"

#include <stdlib.h>
#include <string.h>

struct store {
    char          *data_dir;
    int            lock_fd; /* -1: not locked yet */
    struct writer *writer;
};

/* The whole way to a connection that writes, as often as it takes. */
static enum status
open_history(void *ctx, struct sqlite3 **out, enum store_fault *fault, struct err *err)
{
    struct store *st = ctx;
    char          path[DATADIR_PATH_BYTES];
    enum status   s = STATUS_OK;

    if (st->lock_fd < 0)
        s = datadir_lock(st->data_dir, &st->lock_fd, fault, err);
    if (s)
        return s;
    s = datadir_database(st->data_dir, path, err);
    *fault = STORE_FAULT_OTHER;
    if (!s)
        s = database_open_writer(path, out, fault, err);
    if (s)
        return s;
    s = datadir_sync(st->data_dir, err);
    if (s) {
        *fault = STORE_FAULT_IO;
        database_close(*out);
    }
    return s;
}

static void
release(struct store *st)
{
    if (st->lock_fd >= 0)
        datadir_unlock(st->lock_fd);
    free(st->data_dir);
    free(st);
}

enum status
store_open_with(const struct store_options *options, struct store **out, struct err *err)
{
    struct store          *st;
    struct connection_door door;
    struct sqlite3        *db = NULL;
    struct err             shut = {0};
    enum store_fault       fault = STORE_FAULT_OTHER;
    enum status            s;

    if (options->queue_bytes && options->queue_bytes < STORE_MAX_UNIT)
        return err_set(err, STATUS_RANGE, "the store's queue must hold one unit, %d bytes",
                       STORE_MAX_UNIT);
    st = heap_new(1, sizeof *st);
    st->lock_fd = -1;
    st->data_dir = heap_new(1, strlen(options->data_dir) + 1);
    memcpy(st->data_dir, options->data_dir, strlen(options->data_dir) + 1);
    s = open_history(st, &db, &fault, &shut);
    if (s && !(options->keep_trying && fault != STORE_FAULT_OTHER)) {
        release(st);
        return err_set(err, s, "%s", shut.text);
    }
    door = (struct connection_door){.open = open_history, .ctx = st, .fault = fault, .why = shut};
    s = writer_start(s ? NULL : db, &door, options, &st->writer, err);
    if (s) {
        release(st);
        return s;
    }
    *out = st;
    return STATUS_OK;
}

enum status
store_open(const char *data_dir, struct store **out, struct err *err)
{
    struct store_options o = {.data_dir = data_dir};

    return store_open_with(&o, out, err);
}

void
store_close(struct store *st)
{
    if (!st)
        return;
    writer_stop(st->writer);
    /* Last: the next daemon must not open while the WAL is being folded in. */
    release(st);
}

enum status
store_submit(struct store *st, const struct store_commit *c, store_done_fn done, void *ctx)
{
    return writer_submit(st->writer, c, done, ctx);
}

void
store_drain(struct store *st)
{
    writer_drain(st->writer);
}

void
store_set_retention(struct store *st, const struct store_retention *r)
{
    writer_set_retention(st->writer, r);
}

struct store_health
store_health(struct store *st)
{
    return writer_health(st->writer);
}
