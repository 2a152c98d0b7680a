#include "daemon/processinfo.h"

#include "base/clock.h"
#include "base/slice.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Fields of /proc/self/stat, counted from 3, the first behind the name (which may
 * hold blanks and brackets). */
enum { UTIME = 14, STIME = 15, THREADS = 20, STARTTIME = 22, VSIZE = 23, RSS = 24, FIELDS = 25 };

static struct slice
read_proc(const char *path, char *buf, size_t bytes)
{
    int     fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, bytes);

    if (fd >= 0)
        close(fd);
    return (struct slice){buf, n > 0 ? (size_t)n : 0};
}

static void
read_stat(uint64_t field[FIELDS])
{
    char         buf[1024];
    struct slice s = read_proc("/proc/self/stat", buf, sizeof buf);
    const char  *name_end = s.n ? memrchr(s.p, ')', s.n) : NULL;

    if (!name_end || (size_t)(name_end + 2 - s.p) >= s.n)
        return;
    s = (struct slice){name_end + 2, (size_t)(s.p + s.n - name_end - 2)};
    for (int i = 3; i < FIELDS && s.n; i++)
        (void)!slice_u64(slice_cut(&s, ' '), &field[i]); /* others are letters or below 0 */
}

static uint64_t
count_fds(void)
{
    DIR     *d = opendir("/proc/self/fd");
    uint64_t n = 0;

    if (!d)
        return 0;
    for (const struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n - 1; /* the directory itself */
}

struct processinfo
processinfo_read(void)
{
    uint64_t           f[FIELDS] = {0};
    double             tick = (double)sysconf(_SC_CLK_TCK);
    double             boot = (double)clock_boot_wall_ms() / 1000;
    struct rlimit      files = {0};
    struct processinfo p;

    read_stat(f);
    (void)!getrlimit(RLIMIT_NOFILE, &files);
    p = (struct processinfo){.cpu_seconds = (double)(f[UTIME] + f[STIME]) / tick,
                             .start_wall_seconds = boot + (double)f[STARTTIME] / tick,
                             .resident_bytes = f[RSS] * (uint64_t)sysconf(_SC_PAGESIZE),
                             .virtual_bytes = f[VSIZE],
                             .threads = f[THREADS],
                             .open_fds = count_fds(),
                             .max_fds = files.rlim_cur};
    return p;
}
