/* datadir.h - the directory of the history, and the lock on it. */
#ifndef STORE_DATADIR_H
#define STORE_DATADIR_H

#include "base/err.h"
#include "store/storehealth.h"

/* Longest path of a file in it. */
enum { DATADIR_PATH_BYTES = 4096 };

/* Make the directory (0700) if it is missing; its parent must exist.  Then
 * lock verdictd.lock in it, which holds the owner's process id, until
 * datadir_unlock() or the end of the process.
 * STATUS_CONFLICT: another process has it, err names its id.  STATUS_IO; *fault:
 * OTHER where waiting mends nothing. */
enum status datadir_lock(const char *data_dir, int *lock_fd, enum store_fault *fault,
                         struct err *err) MUST_CHECK;
void        datadir_unlock(int lock_fd);

/* "data_dir/verdictd.db".  STATUS_RANGE: too long. */
enum status datadir_database(const char *data_dir, char path[DATADIR_PATH_BYTES],
                             struct err *err) MUST_CHECK;

/* Make the names of new files in it survive a power cut. */
enum status datadir_sync(const char *data_dir, struct err *err) MUST_CHECK;

#endif
