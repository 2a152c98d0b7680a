/* gates [--quick] [--seconds N] [--calls N] [--threads N] [--connections N]:
 * what asking a gate costs beside a bare libmicrohttpd.
 *
 * verdictd beside this program's folder is started as people start it, with a
 * source that answers, then with one that takes every connection and says
 * nothing.  The bare server has the same number of threads, the same polling,
 * reads the same question and sends a constant of the same size.  wrk asks both
 * in turns, a few seconds each, so that whatever else the machine does falls on
 * both; ratios are the median over the turns.  CPU is that of the server's
 * process for one call, which other processes change little.  Wanted: at least
 * 0.8 of the throughput, at most twice the 99th percentile, memory that does not
 * grow.  The full run ends with 1 where that is missed. */
#include "base/base.h"
#include "base/clock.h"
#include "base/slice.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUESTION                                                                                   \
    "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\",\"stable\":\"v1\"}"
#define EMPTY "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"

enum {
    MAX_TURNS = 9,
    SLOW_CLIENTS = 200,
    ANSWER_BYTES = 65536,
    PATH_BYTES = 512,
    SETTLE_S = 4, /* for the run's first answers from its source */
};

#define WANTED_THROUGHPUT 0.8
#define WANTED_P99 2.0
#define WANTED_GROWTH_KB 2048

struct options {
    bool     quick;
    int      turns, seconds, threads, connections;
    uint64_t calls;
};

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

/* ---- bare servers, of the library alone */

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

/* ---- processes */

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
start_verdictd(const char *name, uint16_t source, const struct options *o)
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
               directory, name, o->threads, (unsigned)source);
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

/* ---- clients */

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

/* Clients that send a byte of their header every 200 ms for ever, and come
 * again when they are cut off. */
struct slow {
    pthread_t   thread;
    uint16_t    port;
    atomic_bool end;
    atomic_int  cut;
};

static void *
be_slow(void *ctx)
{
    struct slow *s = ctx;
    int          fd[SLOW_CLIENTS];

    for (int i = 0; i < SLOW_CLIENTS; i++)
        fd[i] = -1;
    while (!atomic_load(&s->end)) {
        for (int i = 0; i < SLOW_CLIENTS; i++) {
            if (fd[i] < 0) {
                fd[i] = dial(s->port);
                (void)send(fd[i], "POST /v1/argo/verdict HTTP/1.1\r\nX: ", 36, MSG_NOSIGNAL);
            } else if (send(fd[i], "x", 1, MSG_NOSIGNAL) < 0) {
                close(fd[i]);
                fd[i] = -1;
                atomic_fetch_add(&s->cut, 1);
            }
        }
        nap(200);
    }
    for (int i = 0; i < SLOW_CLIENTS; i++)
        if (fd[i] >= 0)
            close(fd[i]);
    return NULL;
}

/* ---- wrk */

struct load {
    double   per_second, p99_ms, cpu_us;
    uint64_t calls, errors;
};

static double
in_ms(const char *text)
{
    char  *end;
    double v = strtod(text, &end);

    return strncmp(end, "us", 2) == 0 ? v / 1000 : strncmp(end, "ms", 2) == 0 ? v : v * 1000;
}

static void
read_line(struct load *l, const char *line)
{
    char               word[32];
    double             number;
    unsigned long long a, b, c, d;

    if (sscanf(line, " 99%% %31s", word) == 1)
        l->p99_ms = in_ms(word);
    else if (sscanf(line, "Requests/sec: %lf", &number) == 1)
        l->per_second = number;
    else if (sscanf(line, " %llu requests in", &a) == 1)
        l->calls = a;
    else if (sscanf(line, " Socket errors: connect %llu, read %llu, write %llu, timeout %llu", &a,
                    &b, &c, &d) == 4)
        l->errors += a + b + c + d;
    else if (sscanf(line, " Non-2xx or 3xx responses: %llu", &a) == 1)
        l->errors += a;
}

static struct load
ask(struct server s, const struct options *o, bool keep, int seconds)
{
    char        command[3 * PATH_BYTES], line[512];
    struct load l = {0};
    double      before = cpu_s(s);
    FILE       *f;

    snprintf(command, sizeof command,
             "wrk -t1 -c%d -d%ds --latency -s %s/%s.lua http://127.0.0.1:%u/v1/argo/verdict 2>&1",
             o->connections, seconds, directory, keep ? "keep" : "close", (unsigned)s.port);
    f = popen(command, "re");
    while (f && fgets(line, sizeof line, f))
        read_line(&l, line);
    if (!f || pclose(f) || !l.calls)
        die("this failed: %s", command);
    l.cpu_us = (cpu_s(s) - before) * 1e6 / (double)l.calls;
    return l;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(const double *v, int n)
{
    double sorted[MAX_TURNS];

    memcpy(sorted, v, (size_t)n * sizeof *v);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* ---- rows */

static bool
compare(const struct options *o, const char *name, struct server bare, struct server ours,
        bool keep)
{
    double   speed[2][MAX_TURNS], p99[2][MAX_TURNS], cpu[2][MAX_TURNS], ratio[2][MAX_TURNS];
    uint64_t errors = 0;
    bool     good;

    for (int i = 0; i < o->turns; i++) {
        for (int side = 0; side < 2; side++) {
            struct load l = ask(side ? ours : bare, o, keep, o->seconds);

            speed[side][i] = l.per_second;
            p99[side][i] = l.p99_ms;
            cpu[side][i] = l.cpu_us;
            errors += side ? l.errors : 0;
        }
        ratio[0][i] = speed[1][i] / speed[0][i];
        ratio[1][i] = p99[1][i] / p99[0][i];
    }
    good = median(ratio[0], o->turns) >= WANTED_THROUGHPUT &&
           median(ratio[1], o->turns) <= WANTED_P99 && errors == 0;
    (void)printf("%-26s %-10s %8.0f %8.0f %6.2f %8.2f %8.2f %6.2f %7.1f %7.1f %7llu %s\n", name,
                 keep ? "keep-alive" : "one call", median(speed[0], o->turns),
                 median(speed[1], o->turns), median(ratio[0], o->turns), median(p99[0], o->turns),
                 median(p99[1], o->turns), median(ratio[1], o->turns), median(cpu[0], o->turns),
                 median(cpu[1], o->turns), (unsigned long long)errors, good ? "" : "missed");
    (void)fflush(stdout);
    return good;
}

static bool
compare_both(const struct options *o, const char *name, struct server bare, struct server ours)
{
    bool keep = compare(o, name, bare, ours, true);

    return compare(o, name, bare, ours, false) && keep;
}

static bool
compare_beside_slow(const struct options *o, struct server bare, struct server ours)
{
    struct slow s = {.port = ours.port};
    bool        good;

    if (pthread_create(&s.thread, NULL, be_slow, &s))
        die("no thread");
    nap(500);
    good = compare_both(o, "200 slow clients", bare, ours);
    atomic_store(&s.end, true);
    pthread_join(s.thread, NULL);
    (void)printf("%d slow clients were cut off meanwhile\n", atomic_load(&s.cut));
    return good;
}

/* The first tenth fills what is kept on purpose. */
static bool
memory_is_flat(const struct options *o, struct server s)
{
    uint64_t done = 0;
    long     first = 0, last;

    while (done < o->calls) {
        done += ask(s, o, true, o->quick ? 2 : 20).calls;
        if (!first && done >= o->calls / 10)
            first = own_memory_kb(s);
    }
    last = own_memory_kb(s);
    (void)printf("memory: %ld kB after a tenth, %ld kB after %llu calls\n", first, last,
                 (unsigned long long)done);
    return last - first <= WANTED_GROWTH_KB;
}

static bool
with_source(const struct options *o)
{
    struct bare        answers = {.body = strdup(EMPTY), .n = strlen(EMPTY)};
    uint16_t           port;
    struct MHD_Daemon *source = start_bare(&answers, 1, &port);
    struct server      ours = start_verdictd("answered", port, o), bare;
    bool               good;

    (void)answer_bytes(ours); /* begins the run */
    nap(SETTLE_S * 1000);
    bare = fork_bare(answer_bytes(ours), o->threads);
    good = compare_both(o, "source answers", bare, ours);
    good = compare_beside_slow(o, bare, ours) && good;
    good = memory_is_flat(o, ours) && good;
    end_server(ours);
    end_server(bare);
    MHD_stop_daemon(source);
    free(answers.body);
    return good;
}

static bool
without_source(const struct options *o)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t          n = sizeof a;
    int                silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct server      ours, bare;
    bool               good;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(silent, (struct sockaddr *)&a, sizeof a) || listen(silent, 1024) ||
        getsockname(silent, (struct sockaddr *)&a, &n))
        die("a silent source: %s", strerror(errno));
    ours = start_verdictd("silent", ntohs(a.sin_port), o);
    (void)answer_bytes(ours);
    nap(SETTLE_S * 1000);
    bare = fork_bare(answer_bytes(ours), o->threads);
    good = compare_both(o, "every source hangs", bare, ours);
    end_server(ours);
    end_server(bare);
    close(silent);
    return good;
}

static int
number(int argc, char **argv, int *i)
{
    uint64_t n = 0;

    if (++*i >= argc || slice_u64(slice_of(argv[*i]), &n) || n == 0 || n > INT32_MAX)
        die("%s needs a number", argv[*i - 1]);
    return (int)n;
}

static struct options
read_options(int argc, char **argv)
{
    struct options o = {
        .turns = 5, .seconds = 5, .threads = 2, .connections = 64, .calls = 10000000};

    for (int i = 1; i < argc; i++) {
        struct slice word = slice_of(argv[i]);

        if (slice_is(word, "--quick"))
            o = (struct options){.quick = true,
                                 .turns = 1,
                                 .seconds = 1,
                                 .threads = o.threads,
                                 .connections = o.connections,
                                 .calls = 50000};
        else if (slice_is(word, "--seconds"))
            o.seconds = number(argc, argv, &i);
        else if (slice_is(word, "--turns"))
            o.turns = number(argc, argv, &i);
        else if (slice_is(word, "--calls"))
            o.calls = (uint64_t)number(argc, argv, &i);
        else if (slice_is(word, "--threads"))
            o.threads = number(argc, argv, &i);
        else if (slice_is(word, "--connections"))
            o.connections = number(argc, argv, &i);
        else
            die("unknown option %s", argv[i]);
    }
    if (o.turns > MAX_TURNS)
        die("--turns: at most %d", MAX_TURNS);
    return o;
}

static void
prepare(void)
{
    const char *tmp = getenv("TMPDIR");
    ssize_t     n = readlink("/proc/self/exe", program, sizeof program - 32);
    char       *slash;

    program[n > 0 ? n : 0] = '\0';
    for (int up = 0; up < 2 && (slash = strrchr(program, '/')); up++)
        *slash = '\0';
    memcpy(program + strlen(program), "/verdictd", sizeof "/verdictd");
    snprintf(directory, sizeof directory, "%s/gates-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(directory))
        die("%s: %s", directory, strerror(errno));
    write_file("keep.lua",
               "wrk.method = \"POST\"\nwrk.body = '%s'\n"
               "wrk.headers[\"Content-Type\"] = \"application/json\"\n",
               QUESTION);
    write_file("close.lua",
               "wrk.method = \"POST\"\nwrk.body = '%s'\n"
               "wrk.headers[\"Content-Type\"] = \"application/json\"\n"
               "wrk.headers[\"Connection\"] = \"close\"\n",
               QUESTION);
}

static void
clean_up(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        execlp("rm", "rm", "-rf", directory, (char *)NULL);
        _exit(127);
    }
    (void)waitpid(pid, NULL, 0);
}

int
main(int argc, char **argv)
{
    struct options o = read_options(argc, argv);
    bool           good;

    if (system("command -v wrk >/dev/null")) {
        (void)puts("skipped: wrk is not installed");
        return 0;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    prepare();
    (void)printf("%d threads, %d connections, %d turns of %d s each; medians; bare | verdictd\n\n"
                 "%-26s %-10s %8s %8s %6s %8s %8s %6s %7s %7s %7s\n",
                 o.threads, o.connections, o.turns, o.seconds, "", "", "calls/s", "calls/s",
                 "ratio", "p99 ms", "p99 ms", "ratio", "CPU us", "CPU us", "errors");
    good = with_source(&o);
    good = without_source(&o) && good;
    clean_up();
    return good || o.quick ? 0 : 1;
}
