#include "daemon/secretfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The whole file, at most one byte more than allowed; -1 with errno. */
static ssize_t
read_all(int fd, char *to, size_t room)
{
    size_t n = 0;

    while (n < room) {
        ssize_t got = read(fd, to + n, room - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum status
check(const char *path, struct slice s, struct err *err)
{
    if (s.n == 0)
        return err_set(err, STATUS_IO, "%s is empty", path);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return err_set(err, STATUS_IO, "%s holds control characters: one line is expected",
                           path);
    return STATUS_OK;
}

enum status
secretfile_read(const char *path, struct text *out, struct err *err)
{
    char        buf[SECRETFILE_MAX_BYTES + 1];
    struct stat about;
    ssize_t     n = -1;
    enum status s = STATUS_OK;
    /* Not blocking: a FIFO in its place would stop the loop. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return err_set(err, STATUS_IO, "%s: %s", path, strerrordesc_np(errno));
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
        n = read_all(fd, buf, sizeof buf);
    else
        s = err_set(err, STATUS_IO, "%s is not a regular file", path);
    if (!s && n < 0)
        s = err_set(err, STATUS_IO, "%s: %s", path, strerrordesc_np(errno));
    close(fd);
    if (!s && n > SECRETFILE_MAX_BYTES)
        s = err_set(err, STATUS_IO, "%s is over %d bytes", path, SECRETFILE_MAX_BYTES);
    if (!s) {
        struct slice text = {buf, (size_t)n};

        while (text.n && is_blank(text.p[0]))
            text.p++, text.n--;
        while (text.n && is_blank(text.p[text.n - 1]))
            text.n--;
        s = check(path, text, err);
        if (!s)
            text_put(out, text);
    }
    explicit_bzero(buf, sizeof buf);
    return s;
}

void
secretfile_wipe(struct text *t)
{
    if (t->cap)
        explicit_bzero(t->p, t->cap);
    text_release(t);
}
