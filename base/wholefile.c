#include "base/wholefile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum status
read_all(int fd, const char *file, struct text *into, struct err *err)
{
    char    buf[16384];
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(err, STATUS_IO, "%s: cannot read: %s", file, strerror(errno));
        text_put(into, (struct slice){buf, (size_t)n});
        if (into->status)
            return err_set(err, STATUS_TOO_LARGE, "%s: larger than %zu bytes", file,
                           into->max_bytes);
    }
    return STATUS_OK;
}

enum status
wholefile_read(const char *file, struct text *into, struct err *err)
{
    int         fd = open(file, O_RDONLY | O_CLOEXEC);
    enum status s;

    if (fd < 0)
        return err_set(err, STATUS_IO, "%s: cannot open: %s", file, strerror(errno));
    s = read_all(fd, file, into, err);
    close(fd);
    return s;
}
