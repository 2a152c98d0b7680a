#include "store/store.h"

#include "base/heap.h"
#include "store/database.h"
#include "store/datadir.h"
#include "store/writer.h"

#include <stdlib.h>

struct store {
    int             lock_fd;
    struct sqlite3 *db;
    struct writer  *writer;
};

static enum status
open_locked(struct store *st, const struct store_options *o, struct err *err)
{
    char        path[DATADIR_PATH_BYTES];
    enum status s = datadir_database(o->data_dir, path, err);

    if (!s)
        s = database_open_writer(path, &st->db, err);
    if (s)
        return s;
    s = datadir_sync(o->data_dir, err);
    if (!s)
        s = writer_start(st->db, o, &st->writer, err);
    if (s)
        database_close(st->db);
    return s;
}

enum status
store_open_with(const struct store_options *options, struct store **out, struct err *err)
{
    struct store *st;
    enum status   s;

    if (options->queue_bytes && options->queue_bytes < STORE_MAX_UNIT)
        return err_set(err, STATUS_RANGE, "the store's queue must hold one unit, %d bytes",
                       STORE_MAX_UNIT);
    st = heap_new(1, sizeof *st);
    s = datadir_lock(options->data_dir, &st->lock_fd, err);
    if (s)
        goto release;
    s = open_locked(st, options, err);
    if (s)
        goto unlock;
    *out = st;
    return STATUS_OK;

unlock:
    datadir_unlock(st->lock_fd);
release:
    free(st);
    return s;
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
    database_close(st->db);
    /* Last: the next daemon must not open while the WAL is being folded in. */
    datadir_unlock(st->lock_fd);
    free(st);
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

struct store_health
store_health(struct store *st)
{
    return writer_health(st->writer);
}
