/* backup.h - a copy of the history as one file, beside a running daemon; and back. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "base/err.h"

/* what: "copying", "checking", a static string; done of total bytes. */
typedef void (*backup_progress_fn)(void *ctx, const char *what, uint64_t done, uint64_t total);

struct backup_options {
    const char        *data_dir, *file;
    bool               replace; /* the file, where there is one */
    backup_progress_fn progress;
    void              *ctx;
};

/* What the history holds at one instant, as one SQLite file (0600) without a log beside it.
 * Under another name until it is whole, checked and on the disk.  The daemon's commits go on
 * meanwhile; its log grows by them, since their pages cannot be folded in before the end.
 * STATUS_NOT_FOUND: no history there.  STATUS_CONFLICT: the file exists, or the history has
 * another schema.  STATUS_IO, STATUS_STORE. */
enum status backup_write(const struct backup_options *o, uint64_t *bytes,
                         struct err *err) MUST_CHECK;

/* The other way, with the daemon stopped.  What the directory had is set aside beside it:
 * as is the path of its database, "" where there was none.
 * STATUS_CONFLICT: a daemon has the directory, or the file is no history that this program
 * knows.  STATUS_STORE: damaged. */
enum status backup_restore(const struct backup_options *o, char *aside, size_t aside_bytes,
                           uint64_t *bytes, struct err *err) MUST_CHECK;

#endif
