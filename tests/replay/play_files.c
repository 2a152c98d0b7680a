#include "tests/replay/play_files.h"

#include "base/slice.h"
#include "base/text.h"
#include "base/wholefile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512, FILE_BYTES = 256 << 20 };

static enum status
copy_file(const char *from, const char *to, struct err *err)
{
    struct text bytes;
    FILE       *f = NULL;
    bool        written;
    enum status s;

    text_init(&bytes, FILE_BYTES);
    s = wholefile_read(from, &bytes, err);
    if (s == STATUS_OK) {
        f = fopen(to, "we");
        written = f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
        if (f && fclose(f))
            written = false;
        if (!written)
            s = err_set(err, STATUS_IO, "%s: %s", to, strerror(errno));
    }
    text_release(&bytes);
    return s;
}

enum status
play_files_copy(const char *from, const char *to, struct err *err)
{
    DIR           *d = opendir(from);
    struct dirent *e;
    enum status    s = STATUS_OK;

    if (!d || mkdir(to, 0700)) {
        s = err_set(err, STATUS_IO, "%s: %s", d ? to : from, strerror(errno));
        if (d)
            closedir(d);
        return s;
    }
    while (s == STATUS_OK && (e = readdir(d))) {
        char a[PATH_BYTES], b[PATH_BYTES];

        if (e->d_type != DT_REG || slice_ends(slice_of(e->d_name), "-shm"))
            continue;
        snprintf(a, sizeof a, "%s/%s", from, e->d_name);
        snprintf(b, sizeof b, "%s/%s", to, e->d_name);
        s = copy_file(a, b, err);
    }
    closedir(d);
    return s;
}

void
play_files_remove(const char *dir)
{
    DIR           *d = opendir(dir);
    struct dirent *e;

    if (!d)
        return;
    while ((e = readdir(d))) {
        char path[PATH_BYTES];

        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_type == DT_REG)
            (void)unlink(path);
    }
    closedir(d);
    (void)rmdir(dir);
}
