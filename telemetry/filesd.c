#include "telemetry/filesd.h"

#include "base/heap.h"
#include "base/wholefile.h"
#include "telemetry/filesdtext.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { RACY_MS = 2000 };

struct file {
    char           *path;
    char           *group; /* "file:" and the path */
    struct timespec changed;
    ino_t           inode;
    off_t           size;
    bool            again; /* to be read at the next look, changed or not */
    bool            seen;
    bool            listed; /* the sink has targets of it */
};

struct filesd {
    char              **patterns;
    size_t              n_patterns;
    const struct clock *clock;
    struct timer_port   timer;
    uint64_t            timer_id;
    struct targetsink   sink;
    struct file       **files;
    size_t              n_files;
    bool                too_many; /* files, at this look */
};

static char *
copy_of(const char *prefix, const char *text)
{
    struct text t;
    size_t      n;

    text_init(&t, SIZE_MAX / 2); /* a path that the system has */
    text_puts(&t, prefix);
    text_puts(&t, text);
    return text_take(&t, &n);
}

static struct file *
find_file(struct filesd *f, const char *path)
{
    struct file *file;

    for (size_t i = 0; i < f->n_files; i++)
        if (!strcmp(f->files[i]->path, path))
            return f->files[i];
    f->too_many = f->n_files == FILESD_MAX_FILES;
    if (f->too_many)
        return NULL;
    file = heap_new(1, sizeof *file);
    file->path = copy_of("", path);
    file->group = copy_of("file:", path);
    file->again = true;
    f->files = heap_grow(f->files, f->n_files + 1, sizeof(struct file *));
    f->files[f->n_files++] = file;
    return file;
}

static void
free_file(struct file *file)
{
    free(file->path);
    free(file->group);
    free(file);
}

static void
tell(struct filesd *f, const struct file *file, const struct err *err)
{
    f->sink.told(f->sink.self, file->group, err);
}

static enum status
read_file(struct filesd *f, struct file *file, struct err *err)
{
    struct targetsink_target *targets;
    struct arena              a = {0};
    struct text               body;
    enum status               s;
    size_t                    n;

    text_init(&body, FILESD_MAX_FILE_BYTES);
    s = wholefile_read(file->path, &body, err);
    if (!s)
        s = filesdtext_read(&a, file->path, text_slice(&body), &targets, &n, err);
    if (!s)
        f->sink.group(f->sink.self, slice_of(file->group), targets, n);
    arena_release(&a);
    text_release(&body);
    return s;
}

static int64_t
ms_of(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
look_at(struct filesd *f, struct file *file)
{
    const int64_t now_ms = clock_wall_ms(f->clock);
    struct stat   st;
    struct err    err = {0};

    file->seen = true;
    if (stat(file->path, &st)) {
        err_set(&err, STATUS_IO, "%.200s: %s", file->path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        err_set(&err, STATUS_IO, "%.200s is no regular file", file->path);
    } else {
        if (!file->again && st.st_mtim.tv_sec == file->changed.tv_sec &&
            st.st_mtim.tv_nsec == file->changed.tv_nsec && st.st_ino == file->inode &&
            st.st_size == file->size)
            return;
        file->changed = st.st_mtim;
        file->inode = st.st_ino;
        file->size = st.st_size;
        if (read_file(f, file, &err) == STATUS_OK)
            file->listed = true;
    }
    /* A change so soon after the last one can leave the time as it was. */
    file->again = err.status != STATUS_OK || now_ms - ms_of(file->changed) < RACY_MS;
    tell(f, file, &err);
}

static bool
is_pattern(const char *s)
{
    return strpbrk(s, "*?[") != NULL;
}

static void
look_at_pattern(struct filesd *f, const char *pattern)
{
    glob_t       found = {0};
    struct file *file;
    int          rc;

    if (!is_pattern(pattern)) {
        file = find_file(f, pattern);
        if (file)
            look_at(f, file);
        return;
    }
    rc = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; rc == 0 && !f->too_many && i < found.gl_pathc; i++) {
        file = find_file(f, found.gl_pathv[i]);
        if (file)
            look_at(f, file);
    }
    globfree(&found);
}

static bool
exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 || errno != ENOENT;
}

/* What no pattern finds any more has no targets.  One that is configured by its
 * name stays known, and its absence is told. */
static void
end_missing(struct filesd *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_files; i++) {
        struct file *file = f->files[i];

        if (file->listed && (!file->seen || !exists(file->path))) {
            f->sink.group(f->sink.self, slice_of(file->group), NULL, 0);
            file->listed = false;
            file->again = true;
        }
        if (file->seen) {
            file->seen = false;
            f->files[n++] = file;
        } else {
            tell(f, file, &(struct err){0});
            free_file(file);
        }
    }
    f->n_files = n;
}

void
filesd_look(struct filesd *f)
{
    struct err err = {0};

    f->too_many = false;
    for (size_t i = 0; i < f->n_patterns && !f->too_many; i++)
        look_at_pattern(f, f->patterns[i]);
    if (f->too_many)
        err_set(&err, STATUS_LIMIT, "more than %d files are found: not all are read",
                FILESD_MAX_FILES);
    else
        end_missing(f);
    f->sink.told(f->sink.self, "file:", &err);
}

static void
on_timer(void *ctx)
{
    struct filesd *f = ctx;

    filesd_look(f);
    f->timer_id = timer_start(&f->timer, FILESD_LOOK_EVERY_MS, on_timer, f);
}

struct filesd *
filesd_new(const char *const *patterns, size_t n, const struct clock *clock,
           struct timer_port timer, const struct targetsink *sink)
{
    struct filesd *f = heap_new(1, sizeof *f);

    f->patterns = heap_new(n, sizeof(char *));
    f->n_patterns = n;
    for (size_t i = 0; i < n; i++)
        f->patterns[i] = copy_of("", patterns[i]);
    f->clock = clock;
    f->timer = timer;
    f->sink = *sink;
    on_timer(f);
    return f;
}

void
filesd_free(struct filesd *f)
{
    if (!f)
        return;
    timer_cancel(&f->timer, f->timer_id);
    for (size_t i = 0; i < f->n_files; i++)
        free_file(f->files[i]);
    for (size_t i = 0; i < f->n_patterns; i++)
        free(f->patterns[i]);
    free(f->files);
    free(f->patterns);
    free(f);
}
