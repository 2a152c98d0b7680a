/* gates [--quick | --memory] [--turns N] [--seconds N] [--calls N] [--threads N]
 * [--connections N]:
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
 * grow.  The full run ends with 1 where that is missed; --memory measures that alone. */
#include "base/slice.h"
#include "tests/bench/gateload.h"

#define EMPTY "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"

enum {
    MAX_TURNS = 9,
    SETTLE_S = 4, /* for the run's first answers from its source */
};

#define WANTED_THROUGHPUT 0.8
#define WANTED_P99 2.0
#define WANTED_GROWTH_KB 2048

struct options {
    bool     quick, memory_alone;
    int      turns, seconds, threads, connections;
    uint64_t calls;
};

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

static bool
compare(const struct options *o, const char *name, struct server bare, struct server ours,
        bool keep)
{
    double   speed[2][MAX_TURNS], p99[2][MAX_TURNS], cpu[2][MAX_TURNS], ratio[2][MAX_TURNS];
    uint64_t errors = 0;
    bool     good;

    for (int i = 0; i < o->turns; i++) {
        for (int side = 0; side < 2; side++) {
            struct load l = ask(side ? ours : bare, o->connections, keep, o->seconds);

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
        done += ask(s, o->connections, true, o->quick ? 2 : 20).calls;
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
    struct server      ours = start_verdictd("answered", port, o->threads), bare;
    bool               good = true;

    (void)answer_bytes(ours); /* begins the run */
    nap(SETTLE_S * 1000);
    bare = fork_bare(answer_bytes(ours), o->threads);
    if (!o->memory_alone) {
        good = compare_both(o, "source answers", bare, ours);
        good = compare_beside_slow(o, bare, ours) && good;
    }
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
    ours = start_verdictd("silent", ntohs(a.sin_port), o->threads);
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
        else if (slice_is(word, "--memory"))
            o.memory_alone = true;
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
    if (!o.memory_alone)
        (void)printf(
            "%d threads, %d connections, %d turns of %d s each; medians; bare | verdictd\n\n"
            "%-26s %-10s %8s %8s %6s %8s %8s %6s %7s %7s %7s\n",
            o.threads, o.connections, o.turns, o.seconds, "", "", "calls/s", "calls/s", "ratio",
            "p99 ms", "p99 ms", "ratio", "CPU us", "CPU us", "errors");
    good = with_source(&o);
    good = (o.memory_alone || without_source(&o)) && good;
    clean_up();
    return good || o.quick ? 0 : 1;
}
