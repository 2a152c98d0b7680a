#include "store/datadir.h"

#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status
join(const char *dir, const char *file, char path[DATADIR_PATH_BYTES], struct err *err)
{
    int n = snprintf(path, DATADIR_PATH_BYTES, "%s/%s", dir, file);

    if (n < 0 || n >= DATADIR_PATH_BYTES)
        return err_set(err, STATUS_RANGE, "data_dir: the path is over %d bytes long",
                       DATADIR_PATH_BYTES - 16);
    return STATUS_OK;
}

/* Whoever holds the lock wrote its id first; the file may still be empty. */
static enum status
held_by_other(int fd, const char *data_dir, struct err *err)
{
    char    text[32];
    ssize_t n = pread(fd, text, sizeof text, 0);
    int64_t pid;

    while (n > 0 && text[n - 1] == '\n')
        n--;
    if (n > 0 && slice_i64((struct slice){text, (size_t)n}, &pid) == STATUS_OK)
        return err_set(err, STATUS_CONFLICT,
                       "data_dir %s is in use by process %lld; stop it or choose another data_dir",
                       data_dir, (long long)pid);
    return err_set(err, STATUS_CONFLICT,
                   "data_dir %s is in use by another process; stop it or choose another data_dir",
                   data_dir);
}

enum status
datadir_lock(const char *data_dir, int *lock_fd, enum store_fault *fault, struct err *err)
{
    char        path[DATADIR_PATH_BYTES], pid[32];
    enum status s = join(data_dir, "verdictd.lock", path, err);
    int         fd, n;

    *fault = STORE_FAULT_OTHER;
    if (s)
        return s;
    if (mkdir(data_dir, 0700) && errno != EEXIST) {
        *fault = storehealth_fault_of_errno(errno);
        return err_set(err, STATUS_IO, "cannot make data_dir %s: %s", data_dir, strerror(errno));
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        *fault = storehealth_fault_of_errno(errno);
        return err_set(err, STATUS_IO, "cannot open %s: %s", path, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        s = errno == EWOULDBLOCK
                ? held_by_other(fd, data_dir, err)
                : err_set(err, STATUS_IO, "cannot lock %s: %s", path, strerror(errno));
        goto close;
    }
    n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    /* The id only serves a message: a full disk must not keep a daemon from
     * starting that could still tell fail and abort. */
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, pid, (size_t)n, 0);
    *lock_fd = fd;
    return STATUS_OK;

close:
    close(fd);
    return s;
}

void
datadir_unlock(int lock_fd)
{
    close(lock_fd);
}

enum status
datadir_database(const char *data_dir, char path[DATADIR_PATH_BYTES], struct err *err)
{
    return join(data_dir, "verdictd.db", path, err);
}

enum status
datadir_sync(const char *data_dir, struct err *err)
{
    int         fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum status s = STATUS_OK;

    if (fd < 0 || fsync(fd))
        s = err_set(err, STATUS_IO, "cannot sync data_dir %s: %s", data_dir, strerror(errno));
    if (fd >= 0)
        close(fd);
    return s;
}
