/* history [--quick] [--keep DIR]: a history of years: its size, what the page and the
 * dashboards ask of it, the commits on top of it, and a start with it.  1 million verdicts,
 * 5 million intervals and their points; a fiftieth of that with --quick. */
#include "base/log.h"
#include "daemon/historyread.h"
#include "tests/bench/historyfill.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
    ASKED = 31, /* how often each query is asked, of other runs each time */
    WANTED_MS = 100,
    READ_BYTES = 16 << 20,
};

static double
median_of(double *v, int n, double *worst)
{
    for (int a = 1; a < n; a++)
        for (int b = a; b > 0 && v[b] < v[b - 1]; b--) {
            double swap = v[b];

            v[b] = v[b - 1];
            v[b - 1] = swap;
        }
    *worst = v[n - 1];
    return v[n / 2];
}

static void
tell_ms(struct bed *b, const char *what, double *ms, int n, size_t bytes)
{
    double worst, median = median_of(ms, n, &worst);

    b->missed += worst >= WANTED_MS;
    printf("%-48s %8.1f ms median %8.1f ms most %9zu bytes  (wanted under %d ms)%s\n", what, median,
           worst, bytes, WANTED_MS, worst < WANTED_MS ? "" : "  MISSED");
}

static double
ms_since(int64_t began_us)
{
    return (double)(clock_mono_us() - began_us) / 1000;
}

/* What the page and scripts read, as JSON. */
static void
read_pages(struct bed *b)
{
    static const struct {
        const char         *what;
        enum port_read_what read;
        const char         *ns, *service;
        int                 verdict; /* -1: any */
        bool                of_a_run, from_the_middle;
        int                 since_days;
        uint32_t            limit;
    } asked[] = {
        {"runs, newest 50", PORT_READ_RUNS, "", "", -1, false, false, 0, 50},
        {"runs, 50 from the middle of the years", PORT_READ_RUNS, "", "", -1, false, true, 0, 50},
        {"runs of one service", PORT_READ_RUNS, "ns-3", "service-23", -1, false, false, 0, 50},
        {"runs of a namespace", PORT_READ_RUNS, "ns-3", "", -1, false, false, 0, 50},
        {"runs of a namespace that has none", PORT_READ_RUNS, "none", "", -1, false, false, 0, 50},
        {"runs that were aborted", PORT_READ_RUNS, "", "", VERDICT_ABORT, false, false, 0, 50},
        {"runs that failed: there are none", PORT_READ_RUNS, "", "", VERDICT_FAIL, false, false, 0,
         50},
        {"a run, whole", PORT_READ_RUN, "", "", -1, true, false, 0, 0},
        {"a run's timeline", PORT_READ_TIMELINE, "", "", -1, true, false, 0, 0},
        {"a run's intervals", PORT_READ_INTERVALS, "", "", -1, true, false, 0, 0},
        {"versions of a service", PORT_READ_VERSIONS, "ns-3", "service-23", -1, false, false, 0, 0},
        {"verdicts, newest 50", PORT_READ_VERDICTS, "", "", -1, false, false, 0, 50},
        {"verdicts, 50 from the middle", PORT_READ_VERDICTS, "", "", -1, false, true, 0, 50},
        {"verdicts of one service", PORT_READ_VERDICTS, "ns-3", "service-23", -1, false, false, 0,
         50},
        {"verdicts of a namespace", PORT_READ_VERDICTS, "ns-3", "", -1, false, false, 0, 50},
        {"verdicts of a namespace that has none", PORT_READ_VERDICTS, "none", "", -1, false, false,
         0, 50},
        {"verdicts: aborts", PORT_READ_VERDICTS, "", "", VERDICT_ABORT, false, false, 0, 50},
        {"verdicts: fails, of which there are none", PORT_READ_VERDICTS, "", "", VERDICT_FAIL,
         false, false, 0, 50},
        {"verdicts of a service: fails", PORT_READ_VERDICTS, "ns-3", "service-23", VERDICT_FAIL,
         false, false, 0, 50},
    };
    struct reader *r;
    struct err     err = {0};

    if (reader_open(b->dir, &r, &err))
        stop(err.text);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        double ms[ASKED];
        size_t bytes = 0;

        for (int k = 0; k < ASKED; k++) {
            struct port_read read = {.what = asked[i].read,
                                     .state = -1,
                                     .verdict = asked[i].verdict,
                                     .limit = asked[i].limit};
            struct text      body;
            int64_t          began;
            int              code, run = (int)((int64_t)b->runs * (2 * k + 1) / (2 * ASKED));

            snprintf(read.ns, sizeof read.ns, "%s", asked[i].ns);
            snprintf(read.service, sizeof read.service, "%s", asked[i].service);
            if (asked[i].of_a_run)
                run_id(b, run, read.run);
            if (asked[i].from_the_middle)
                run_id(b, run, read.after);
            text_init(&body, READ_BYTES);
            began = clock_mono_us();
            code = historyread_answer(r, &read, NOW_MS, &body, (char[ULID_BYTES]){0});
            ms[k] = ms_since(began);
            bytes = body.n;
            if (code != 200) {
                printf("%s: %d %s\n", asked[i].what, code, body.p);
                b->wrong++;
            }
            text_release(&body);
        }
        tell_ms(b, asked[i].what, ms, ASKED, bytes);
    }
    reader_close(r);
}

static int
connect_to(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Bytes of the answer, which must be a success and hold samples. */
static size_t
get_range(struct bed *b, int port, const char *query, int64_t from_ms, int64_t to_ms,
          int64_t step_ms)
{
    static char head[4096];
    struct text url;
    char        part[65536];
    ssize_t     n;
    size_t      bytes = 0;
    int         fd = connect_to(port);

    text_init(&url, sizeof head);
    text_puts(&url, "GET /api/v1/query_range?query=");
    text_percent(&url, slice_of(query));
    text_printf(&url,
                "&start=%.3f&end=%.3f&step=%.3f HTTP/1.1\r\nHost: localhost\r\n"
                "Connection: close\r\n\r\n",
                (double)from_ms / 1000, (double)to_ms / 1000, (double)step_ms / 1000);
    if (fd < 0 || write(fd, url.p, url.n) != (ssize_t)url.n)
        stop("the daemon does not answer");
    text_release(&url);
    head[0] = '\0';
    while ((n = read(fd, part, sizeof part)) > 0) {
        if (bytes < sizeof head - 1) {
            size_t room = sizeof head - 1 - bytes, take = (size_t)n < room ? (size_t)n : room;

            memcpy(head + bytes, part, take);
            head[bytes + take] = '\0';
        }
        bytes += (size_t)n;
    }
    close(fd);
    if (!strstr(head, "\"success\"") || !strstr(head, "\"metric\"")) {
        printf("%s: %.600s\n", query, head);
        b->wrong++;
    }
    return bytes;
}

static const char config_text[] = "sources:\n"
                                  "  mesh: {prometheus: {url: \"http://127.0.0.1:1\"}}\n"
                                  "services:\n"
                                  "  - {name: reviews, namespace: prod, source: mesh}\n";

/* What the dashboards ask, in PromQL. */
static void
read_series(struct bed *b, int port)
{
    static const struct {
        const char *query;
        int64_t     span_ms;
        int         steps;
    } asked[] = {
        {"count by (verdict) (verdictd_verdict)", 0, 1},
        {"sum by (verdict) (count_over_time(verdictd_run_ended_seconds[7d]))", 0, 1},
        {"sum by (verdict) (count_over_time(verdictd_run_ended_seconds[1d]))",
         INT64_C(30) * 86400000, 31},
        {"verdictd_verdict{namespace=\"ns-3\",service=\"service-23\"}", 3600000, 240},
        {"verdictd_success_ratio{namespace=\"ns-3\",service=\"service-23\"}", 3600000, 240},
        {"verdictd_evidence{namespace=\"ns-3\",service=\"service-23\"}", 3600000, 240},
        {"sum by (arm) (rate(verdictd_requests_total{namespace=\"ns-3\",service=\"service-23\"}"
         "[5m]))",
         3600000, 240},
        {"sum by (le) (increase(verdictd_request_duration_milliseconds_bucket{namespace=\"ns-3\","
         "service=\"service-23\"}[1m]))",
         3600000, 60},
        {"max by (service) (verdictd_verdict)", 6 * 3600000, 360},
        {"verdictd_verdict{namespace=\"ns-3\",service=\"service-23\"}", INT64_C(30) * 86400000,
         720},
    };
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        double ms[ASKED];
        char   what[64];
        size_t bytes = 0;

        for (int k = 0; k < ASKED; k++) {
            /* of service-23, in the last half year */
            int run =
                (int)((int64_t)b->runs * (3 * ASKED + k) / (4 * ASKED)) / SERVICES * SERVICES + 23;
            int64_t end = run_start(b, run) + INTERVALS_OF_A_RUN * 5000, began = clock_mono_us();

            bytes = get_range(b, port, asked[i].query, end - asked[i].span_ms, end,
                              asked[i].steps > 1 ? asked[i].span_ms / (asked[i].steps - 1) : 1000);
            ms[k] = ms_since(began);
        }
        snprintf(what, sizeof what, "%.44s%s", asked[i].query,
                 strlen(asked[i].query) > 44 ? "..." : "");
        tell_ms(b, what, ms, ASKED, bytes);
    }
}

/* The daemon itself: from exec to an open port, then what dashboards ask it. */
static void
time_daemon(struct bed *b, const char *program)
{
    char    config[160], port_file[160], text_of[64] = "";
    FILE   *f;
    int64_t began;
    pid_t   pid;
    double  ms;
    int     port = 0, fd = -1;

    snprintf(config, sizeof config, "%s/bench.yaml", b->dir);
    snprintf(port_file, sizeof port_file, "%s/bench.port", b->dir);
    f = fopen(config, "we");
    if (!f || fprintf(f, "listen: 127.0.0.1:0\ndata_dir: %s\nlog_level: error\n%s", b->dir,
                      config_text) < 0)
        stop("cannot write a configuration");
    (void)fclose(f);
    began = clock_mono_us();
    pid = fork();
    if (pid == 0) {
        execl(program, program, "serve", "--config", config, "--port-file", port_file,
              (char *)NULL);
        _exit(127);
    }
    do {
        int file = open(port_file, O_RDONLY | O_CLOEXEC);

        if (file >= 0) {
            if (read(file, text_of, sizeof text_of - 1) > 0)
                port = (int)strtol(text_of, NULL, 10);
            close(file);
        }
        usleep(1000);
    } while ((!port || (fd = connect_to(port)) < 0) && ms_since(began) < 60000);
    ms = ms_since(began);
    b->missed += ms >= 2000;
    printf("%-48s %8.0f ms (wanted under 2000)%s\n", "start with it, to an open port", ms,
           ms < 2000 ? "" : "  MISSED");
    if (fd >= 0) {
        close(fd);
        read_series(b, port);
    }
    kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    unlink(config);
    unlink(port_file);
}

static void
time_commits(struct bed *b, bool quick)
{
    enum { ROUNDS = 5 };
    int    units = quick ? 20000 : 50000;
    double ratio[ROUNDS], ours[ROUNDS], bare[ROUNDS], group, worst, median;

    for (int r = 0; r < ROUNDS; r++) {
        ours[r] = store_per_s(b->dir, 2 * r * units, units, &group);
        bare[r] = bare_per_s(b->dir, (2 * r + 1) * units, units, (int)(group < 1 ? 1 : group));
        ratio[r] = ours[r] / bare[r];
    }
    printf("%-48s %8.0f units/s, %.0f to a commit\n", "durable commits on top of it",
           median_of(ours, ROUNDS, &worst), group);
    printf("%-48s %8.0f units/s\n", "bare SQLite, the same changes",
           median_of(bare, ROUNDS, &worst));
    median = median_of(ratio, ROUNDS, &worst);
    b->missed += median < 0.7;
    printf("%-48s %8.2f (wanted at least 0.70)%s\n", "ratio", median,
           median < 0.7 ? "  MISSED" : "");
}

static void
tell_size(struct bed *b, size_t median)
{
    struct stat st;
    char        path[128];

    snprintf(path, sizeof path, "%s/verdictd.db", b->dir);
    if (stat(path, &st))
        stop("no history");
    b->missed += median > 300;
    printf("%-48s %8zu bytes (wanted at most 300)%s\n", "an interval's row, median", median,
           median > 300 ? "  MISSED" : "");
    printf("%-48s %8.1f GB for %d runs, %d intervals, %d verdicts\n", "the file",
           (double)st.st_size / 1e9, b->runs, b->runs * INTERVALS_OF_A_RUN,
           b->runs * VERDICTS_OF_A_RUN);
}

static void
remove_all(const char *dir)
{
    static const char *const names[] = {"verdictd.db", "verdictd.db-wal", "verdictd.db-shm",
                                        "verdictd.lock"};
    char                     path[160];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

int
main(int argc, char **argv)
{
    bool        quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    bool        keep = argc > 2 && strcmp(argv[argc - 2], "--keep") == 0;
    struct bed  b = {.runs = quick ? 300 : 13900};
    char        root[] = "/tmp/verdictd-history-XXXXXX", program[4096];
    bool        made = false;
    size_t      median;
    struct stat st;

    if (!mkdtemp(root))
        stop("mkdtemp failed");
    snprintf(b.dir, sizeof b.dir, "%s", keep ? argv[argc - 1] : root);
    snprintf(program, sizeof program, "%s", argv[0]);
    snprintf(program + strlen(dirname(program)), 16, "/../verdictd");
    log_set_level(LOG_LEVEL_ERROR);
    fill();
    make_rows(&median);
    made = keep && stat(b.dir, &st) == 0;
    if (!made) {
        int64_t began = clock_mono_us();

        prepare(b.dir);
        fill_history(&b);
        printf("%-48s %8.0f s\n", "filled in", ms_since(began) / 1000);
    }
    tell_size(&b, median);
    read_pages(&b);
    time_daemon(&b, program);
    if (!made)
        time_commits(&b, quick);
    if (!keep)
        remove_all(b.dir);
    else
        rmdir(root);
    if (b.missed || b.wrong)
        printf("%d figures missed, %d answers wrong\n", b.missed, b.wrong);
    return b.wrong || (b.missed && !quick) ? 1 : 0;
}
