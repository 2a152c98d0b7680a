/* gateservers.h - the servers that gates.c compares, each a process of its own: verdictd
 * as people start it, and the HTTP library alone.  Also what they take of the machine. */
#ifndef TESTS_BENCH_GATESERVERS_H
#define TESTS_BENCH_GATESERVERS_H

#include "base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QUESTION                                                                                   \
    "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\",\"stable\":\"v1\"}"

enum { ANSWER_BYTES = 65536, PATH_BYTES = 512 };

static char directory[PATH_BYTES]; /* of this run's files */
static char program[PATH_BYTES];   /* verdictd */

static void die(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void
die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)fputs("gates: ", stderr);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

static void
nap(int ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&t, NULL);
}

struct bare {
    char  *body;
    size_t n;
};

static enum MHD_Result
bare_answer(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
            const char *version, const char *data, size_t *n, void **request)
{
    static int           seen;
    struct bare         *b = ctx;
    struct MHD_Response *r;
    enum MHD_Result      result;

    (void)url, (void)method, (void)version, (void)data;
    if (!*request) {
        *request = &seen;
        return MHD_YES;
    }
    if (*n) {
        *n = 0;
        return MHD_YES;
    }
    r = MHD_create_response_from_buffer(b->n, b->body, MHD_RESPMEM_PERSISTENT);
    if (!r)
        return MHD_NO;
    (void)MHD_add_response_header(r, "Content-Type", "application/json");
    result = MHD_queue_response(connection, 200, r);
    MHD_destroy_response(r);
    return result;
}

static struct MHD_Daemon *
start_bare(struct bare *b, int threads, uint16_t *port)
{
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, bare_answer, b,
        MHD_OPTION_CONNECTION_LIMIT, 1024U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768,
        MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? (unsigned)threads : 0U, MHD_OPTION_END);
    const union MHD_DaemonInfo *i = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;

    if (!i)
        die("a bare server could not be started");
    *port = i->port;
    return d;
}

struct server {
    pid_t    pid;
    uint16_t port;
};

static struct server
fork_bare(size_t answer_bytes, int threads)
{
    int           ends[2];
    struct server s = {0};

    if (pipe(ends))
        die("pipe: %s", strerror(errno));
    s.pid = fork();
    if (s.pid == 0) {
        struct bare b = {.body = malloc(answer_bytes), .n = answer_bytes};
        uint16_t    port;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!b.body)
            die("no memory");
        memset(b.body, ' ', b.n);
        b.body[0] = '{';
        b.body[b.n - 1] = '}';
        (void)start_bare(&b, threads, &port);
        (void)!write(ends[1], &port, sizeof port);
        for (;;)
            pause();
    }
    close(ends[1]);
    if (s.pid < 0 || read(ends[0], &s.port, sizeof s.port) != sizeof s.port)
        die("the bare server did not start");
    close(ends[0]);
    return s;
}

static void write_file(const char *name, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
write_file(const char *name, const char *fmt, ...)
{
    char    path[PATH_BYTES + 64];
    FILE   *f;
    va_list ap;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    f = fopen(path, "we");
    if (!f)
        die("%s: %s", path, strerror(errno));
    va_start(ap, fmt);
    (void)vfprintf(f, fmt, ap);
    va_end(ap);
    if (fclose(f))
        die("%s: %s", path, strerror(errno));
}

static uint16_t
read_port(const char *path)
{
    FILE    *f = fopen(path, "re");
    unsigned port = 0;

    if (f) {
        if (fscanf(f, "%u", &port) != 1)
            port = 0;
        (void)fclose(f);
    }
    return (uint16_t)port;
}

static struct server
start_verdictd(const char *name, uint16_t source, int threads)
{
    char          config[PATH_BYTES + 96], port_file[PATH_BYTES + 64], log[PATH_BYTES + 64];
    char          file[32];
    struct server s = {0};

    snprintf(file, sizeof file, "%.20s.yaml", name);
    write_file(file,
               "listen: 127.0.0.1:0\ndata_dir: %s/%s\nhttp_threads: %d\n"
               "sources: {mesh: {prometheus: {url: 'http://127.0.0.1:%u', tick: 1s, "
               "scrape_interval: 1s, timeout: 2s}}}\n"
               "services: [{name: reviews, namespace: prod, versions: {key: revision}}]\n"
               "api: {own_metrics: 0s}\n", /* which are kept, and so grow for hours */
               directory, name, threads, (unsigned)source);
    snprintf(config, sizeof config, "%s/%s", directory, name);
    if (mkdir(config, 0700))
        die("%s: %s", config, strerror(errno));
    snprintf(config, sizeof config, "%s/%s", directory, file);
    snprintf(port_file, sizeof port_file, "%s/%s.port", directory, name);
    snprintf(log, sizeof log, "%s/%s.log", directory, name);
    s.pid = fork();
    if (s.pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(fd, 2);
        execl(program, program, "serve", "--config", config, "--port-file", port_file,
              (char *)NULL);
        _exit(127);
    }
    for (int i = 0; s.pid > 0 && !s.port && i < 500; i++) {
        if (waitpid(s.pid, NULL, WNOHANG) == s.pid)
            die("%s ended at once: see %s", program, log);
        nap(20);
        s.port = read_port(port_file);
    }
    if (!s.port)
        die("%s does not listen", program);
    return s;
}

static void
end_server(struct server s)
{
    (void)kill(s.pid, SIGTERM);
    (void)waitpid(s.pid, NULL, 0);
}

/* Processor time so far, in seconds. */
static double
cpu_s(struct server s)
{
    char          path[64], line[1024] = "";
    FILE         *f;
    unsigned long user = 0, kernel = 0;
    char         *at;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)s.pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    (void)!fgets(line, sizeof line, f);
    (void)fclose(f);
    at = strrchr(line, ')'); /* proc(5): utime and stime are fields 14 and 15 */
    if (!at ||
        sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        return 0;
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* Without pages of files, which come and go. */
static long
own_memory_kb(struct server s)
{
    char  path[64], line[256];
    FILE *f;
    long  kb = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)s.pid);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "RssAnon: %ld kB", &kb) == 1)
            break;
    if (f)
        (void)fclose(f);
    return kb;
}

static int
dial(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The size of the body that a gate answers with. */
static size_t
answer_bytes(struct server s)
{
    static char answer[ANSWER_BYTES];
    char        request[1024];
    int         fd = dial(s.port);
    size_t      n = 0;
    char       *body;

    snprintf(request, sizeof request,
             "POST /v1/argo/verdict HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(QUESTION), QUESTION);
    if (fd < 0 || send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        die("verdictd cannot be asked");
    for (ssize_t got; n < sizeof answer - 1; n += (size_t)got) {
        got = recv(fd, answer + n, sizeof answer - 1 - n, 0);
        if (got <= 0)
            break;
    }
    close(fd);
    answer[n] = '\0';
    body = strstr(answer, "\r\n\r\n");
    if (!body || strncmp(answer, "HTTP/1.1 200", 12) != 0)
        die("verdictd answered: %.300s", answer);
    return n - (size_t)(body + 4 - answer);
}

#endif
