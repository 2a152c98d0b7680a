/* live [--quick] [--placebos]: runs on the embedded store, as the daemon lives:
 * it scrapes the mesh, keeps the series, and judges RUNS rollouts at once.
 *
 * Virtual time, one thread (but SQLite's): a tick of 5 s takes as long as it
 * computes.  Each service has 2 callers' proxies, 2 versions of 2 pods and 2
 * response codes, Envoy's 20 bounds: 368 series.  First all is scraped without a
 * run, then with RUNS of them; what is printed are shares of one core at a 5 s
 * tick: CPU time of the process over the time that passed, less what this
 * program needs to write the bodies. */
#include "base/heap.h"
#include "base/log.h"
#include "base/progress.h"
#include "daemon/app.h"
#include "daemon/embeddedset.h"
#include "daemon/runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    CALLERS = 2,
    VERSIONS = 2,
    PODS = 2, /* of each version */
    PROXIES = CALLERS + VERSIONS * PODS,
    CODES = 2,
    BOUNDS = 20,
    TICK_MS = 5000,
    DIGITS = 12,
    MOST_CELLS = VERSIONS * CODES,
};

static const char *const bounds[BOUNDS] = {
    "0.5",  "1",    "5",     "10",    "25",    "50",     "100",    "250",     "500",     "1000",
    "2500", "5000", "10000", "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf",
};

/* A proxy's body: rendered once, its numbers are written over at each scrape. */
struct proxy {
    char    *body;
    size_t   n;
    size_t   digits[MOST_CELLS * (BOUNDS + 3)]; /* where each number stands in the body */
    uint64_t value[MOST_CELLS * (BOUNDS + 3)];
    uint32_t step[MOST_CELLS * (BOUNDS + 3)];
    size_t   n_values;
};

struct world {
    struct progress   progress;
    int64_t           mono_ms, began_ms;
    uint64_t          chance;
    struct clock      clock;
    struct entropy    entropy;
    struct fetch      fetch;
    struct timer_set *timers;
    struct timer_port timer;
    struct mailbox   *mailbox;
    struct store     *store;
    struct config    *config;
    struct app        app;
    char              dir[64];
    unsigned          services;
    struct proxy     *proxies;
    int64_t           ours_us; /* spent on bodies */
    uint64_t          samples;
};

struct fetch_job {
    struct world *w;
    uint32_t      proxy;
    fetch_done_fn done;
    fetch_part_fn part;
    void         *ctx;
    bool          cancelled;
};

static int64_t
process_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
check(enum status s, const struct err *err)
{
    if (!s)
        return;
    (void)fprintf(stderr, "live: %s: %s\n", status_text(s), err->text);
    exit(1);
}

static int64_t
mono(void *self)
{
    return ((struct world *)self)->mono_ms;
}

static int64_t
wall(void *self)
{
    return ((struct world *)self)->began_ms + ((struct world *)self)->mono_ms;
}

static void
fill(void *self, void *out, size_t n)
{
    struct world *w = self;

    for (size_t i = 0; i < n; i++) {
        w->chance = w->chance * UINT64_C(6364136223846793005) + 1442695040888963407;
        ((unsigned char *)out)[i] = (unsigned char)(w->chance >> 56);
    }
}

static void
put_value(struct proxy *p, struct text *out, uint32_t step)
{
    p->digits[p->n_values] = out->n;
    p->value[p->n_values] = 100000;
    p->step[p->n_values++] = step;
    text_puts(out, "000000000000\n");
}

/* One outcome of requests between a caller and a version, or at a pod. */
static void
put_cell(struct proxy *p, struct text *out, unsigned service, bool source, unsigned version,
         unsigned code)
{
    char     labels[800];
    uint32_t step = code ? 1 : version ? 50 : 450;

    (void)snprintf(
        labels, sizeof labels,
        "reporter=\"%s\",source_workload=\"web\",source_canonical_service=\"web\","
        "source_canonical_revision=\"v1\",source_workload_namespace=\"prod\","
        "source_principal=\"spiffe://cluster.local/ns/prod/sa/web\",source_app=\"web\","
        "source_version=\"v1\",source_cluster=\"Kubernetes\",destination_workload=\"s%u-v%u\","
        "destination_workload_namespace=\"prod\",destination_app=\"s%u\",destination_version=\"v%"
        "u\","
        "destination_service=\"s%u.prod.svc.cluster.local\",destination_service_name=\"s%u\","
        "destination_service_namespace=\"prod\",destination_canonical_service=\"s%u\","
        "destination_canonical_revision=\"v%u\",destination_cluster=\"Kubernetes\","
        "request_protocol=\"http\",response_code=\"%s\",grpc_response_status=\"\","
        "response_flags=\"-\",connection_security_policy=\"%s\"",
        source ? "source" : "destination", service, version + 1, service, version + 1, service,
        service, service, version + 1, code ? "503" : "200", source ? "unknown" : "mutual_tls");
    text_printf(out, "istio_requests_total{%s} ", labels);
    put_value(p, out, step);
    for (unsigned b = 0; b < BOUNDS; b++) {
        text_printf(out, "istio_request_duration_milliseconds_bucket{%s,le=\"%s\"} ", labels,
                    bounds[b]);
        put_value(p, out, b < 3 ? 0 : b < 8 ? step * (b - 2) / 6 : step);
    }
    text_printf(out, "istio_request_duration_milliseconds_sum{%s} ", labels);
    put_value(p, out, step * 20);
    text_printf(out, "istio_request_duration_milliseconds_count{%s} ", labels);
    put_value(p, out, step);
}

static void
render(struct proxy *p, unsigned service, unsigned which)
{
    struct text out;
    bool        source = which < CALLERS;

    text_init(&out, 1 << 20);
    text_puts(&out, "# TYPE istio_requests_total counter\n"
                    "# TYPE istio_request_duration_milliseconds histogram\n");
    for (unsigned v = 0; v < VERSIONS; v++)
        for (unsigned c = 0; c < CODES; c++)
            if (source || (which - CALLERS) / PODS == v)
                put_cell(p, &out, service, source, v, c);
    p->body = text_take(&out, &p->n);
}

/* What 5 s have brought. */
static void
advance(struct proxy *p)
{
    for (size_t i = 0; i < p->n_values; i++) {
        uint64_t rest = p->value[i] += p->step[i];

        for (int d = DIGITS - 1; d >= 0; d--, rest /= 10)
            p->body[p->digits[i] + (size_t)d] = (char)('0' + rest % 10);
    }
}

static void
finish(void *ctx)
{
    struct fetch_job   *j = ctx;
    struct world       *w = j->w;
    struct proxy       *p = &w->proxies[j->proxy];
    struct fetch_result r = {.http_code = 200,
                             .content_type = SLICE_LITERAL("text/plain; version=0.0.4"),
                             .retry_after_ms = -1};
    int64_t             from = process_us();

    advance(p);
    w->ours_us += process_us() - from;
    w->samples += p->n_values;
    if (j->cancelled)
        r.status = STATUS_CANCELLED;
    else if (j->part && !j->part(j->ctx, 200, r.content_type, (struct slice){p->body, p->n}))
        r.status = STATUS_CANCELLED;
    j->done(j->ctx, &r);
    free(j);
}

static struct fetch_job *
start(void *self, const struct fetch_request *req, fetch_done_fn done, void *ctx)
{
    struct world     *w = self;
    struct fetch_job *j = heap_new(1, sizeof *j);

    *j = (struct fetch_job){.w = w, .done = done, .part = req->part, .ctx = ctx};
    j->proxy = (uint32_t)strtoul(strstr(req->url, "//p") + 3, NULL, 10);
    (void)timer_start(&w->timer, 1, finish, j);
    return j;
}

static void
cancel(void *self, struct fetch_job *job)
{
    (void)self;
    job->cancelled = true;
}

static void
turn(void *self)
{
    struct world *w = self;

    w->mono_ms++;
    timer_set_run(w->timers);
}

/* Let so much virtual time pass. */
static void
pass(struct world *w, int64_t ms)
{
    int64_t until = w->mono_ms + ms;

    for (;;) {
        int64_t wait_ms;

        while (mailbox_run(w->mailbox))
            continue;
        timer_set_run(w->timers);
        wait_ms = timer_set_wait_ms(w->timers);
        if (wait_ms < 0 || w->mono_ms + wait_ms > until)
            break;
        w->mono_ms += wait_ms;
    }
    w->mono_ms = until;
    progress_at(&w->progress, w->progress.done + (uint64_t)ms);
}

static void
write_files(struct world *w, bool placebos, char config[96])
{
    char  targets[96];
    FILE *f;

    (void)snprintf(targets, sizeof targets, "%s/targets.json", w->dir);
    f = fopen(targets, "we");
    if (!f)
        abort();
    (void)fprintf(f, "[");
    for (unsigned i = 0; i < w->services * PROXIES; i++)
        (void)fprintf(f, "%s{\"targets\":[\"p%u:15020\"],\"labels\":{\"pod\":\"p%u\"}}",
                      i ? "," : "", i, i);
    (void)fprintf(f, "]\n");
    (void)fclose(f);
    (void)snprintf(config, 96, "%s/config.yaml", w->dir);
    f = fopen(config, "we");
    if (!f)
        abort();
    (void)fprintf(f,
                  "data_dir: %s/data\nmax_runs: 100000\nmax_runs_per_namespace: 100000\n"
                  "max_new_runs_per_minute: 10000\nsources:\n  edge:\n    scrape: {file_sd: [%s], "
                  "interval: 5s, tick: 5s, max_in_flight: 1024}\n    snapshot: false\n"
                  "policies: {default: {calibration: {mode: %s}}}\nservices:\n",
                  w->dir, targets, placebos ? "calibrated" : "off");
    for (unsigned i = 0; i < w->services; i++)
        (void)fprintf(f, "- {name: s%u, namespace: prod, source: edge}\n", i);
    (void)fclose(f);
}

static void
begin(struct world *w, bool placebos)
{
    struct store_options options = {.clock = &w->clock};
    struct app_world     world;
    char                 file[96], data[96];
    struct err           err = {0};

    (void)snprintf(w->dir, sizeof w->dir, "%s", "/var/tmp/live.XXXXXX");
    if (!mkdtemp(w->dir))
        abort();
    w->began_ms = clock_wall_ms(&clock_system); /* files have real times */
    w->clock = (struct clock){wall, mono, w};
    w->entropy = (struct entropy){fill, w};
    w->fetch = (struct fetch){.start = start, .cancel = cancel, .self = w};
    w->timers = timer_set_new(&w->clock);
    w->timer = timer_set_port(w->timers);
    w->mailbox = mailbox_new(65536, NULL, NULL);
    w->proxies = heap_new(w->services * PROXIES, sizeof *w->proxies);
    for (unsigned i = 0; i < w->services * PROXIES; i++)
        render(&w->proxies[i], i / PROXIES, i % PROXIES);
    write_files(w, placebos, file);
    check(config_read_file(file, &w->config, &err), &err);
    (void)snprintf(data, sizeof data, "%s/data", w->dir);
    options.data_dir = data;
    check(store_open_with(&options, &w->store, &err), &err);
    world = (struct app_world){.clock = &w->clock,
                               .entropy = &w->entropy,
                               .fetch = &w->fetch,
                               .timer = w->timer,
                               .store = w->store,
                               .mailbox = w->mailbox,
                               .data_dir = data,
                               .turn = turn,
                               .turn_self = w};
    check(app_start(&w->app, &world, w->config, &err), &err);
}

static void
end(struct world *w)
{
    char command[128];

    app_stop(&w->app);
    store_close(w->store);
    while (mailbox_run(w->mailbox))
        continue;
    app_release(&w->app);
    config_unref(w->config);
    mailbox_free(w->mailbox);
    timer_set_free(w->timers);
    for (unsigned i = 0; i < w->services * PROXIES; i++)
        free(w->proxies[i].body);
    free(w->proxies);
    (void)snprintf(command, sizeof command, "rm -rf %s", w->dir);
    if (system(command))
        (void)fprintf(stderr, "live: %s is left\n", w->dir);
}

struct spent {
    double all, ingest;
    double samples_s;
};

static struct spent
measure(struct world *w, int64_t ticks)
{
    struct ingest_stats before = embeddedset_ingest(w->app.embedded), after;
    int64_t             ours = w->ours_us, from = process_us();
    uint64_t            samples = w->samples;
    double              us = (double)ticks * TICK_MS * 1000;
    struct spent        s;

    pass(w, ticks * TICK_MS);
    store_drain(w->store);
    after = embeddedset_ingest(w->app.embedded);
    s.all = (double)(process_us() - from - (w->ours_us - ours)) / us;
    s.ingest = (double)(after.busy_us - before.busy_us) / us;
    s.samples_s = (double)(w->samples - samples) / (double)(ticks * TICK_MS) * 1000;
    return s;
}

static void
open_runs(struct world *w, unsigned runs)
{
    for (unsigned i = 0; i < runs; i++) {
        struct question q = question_empty();
        struct target   t;
        struct liverun *run;
        struct err      err = {0};

        (void)snprintf(q.service, sizeof q.service, "s%u", i);
        (void)snprintf(q.ns, sizeof q.ns, "prod");
        (void)snprintf(q.canary, sizeof q.canary, "v2");
        (void)snprintf(q.baseline, sizeof q.baseline, "v1");
        if (target_resolve(w->config, &q, &t, &err) != PORT_FOUND)
            check(STATUS_SYNTAX, &err);
        check(runs_open(w->app.runs, &t, false, &run, &err), &err);
        pass(w, TICK_MS / (int64_t)runs + 1); /* not all at one instant */
    }
}

int
main(int argc, char **argv)
{
    static struct world w;
    bool                quick = false, placebos = false;
    unsigned            runs;
    int64_t             ticks;
    struct spent        idle, live;
    struct tsdb_stats   stats;

    for (int i = 1; i < argc; i++) {
        quick |= !strcmp(argv[i], "--quick");
        placebos |= !strcmp(argv[i], "--placebos");
    }
    runs = quick ? 100 : 1000;
    ticks = quick ? 6 : 24;
    heap_keep();
    log_set_level(LOG_LEVEL_ERROR);
    w.services = runs;
    begin(&w, placebos);
    progress_begin(&w.progress,
                   &(struct progress_work){.what = "playing",
                                           .unit = "virtual ms",
                                           .total = (uint64_t)(2 * ticks + 8) * TICK_MS});
    pass(&w, 3 * TICK_MS);
    idle = measure(&w, ticks);
    open_runs(&w, runs);
    pass(&w, 4 * TICK_MS);
    live = measure(&w, ticks);
    progress_end(&w.progress);
    stats = tsdb_stats(embedded_tsdb(embeddedset_find(w.app.embedded, "edge")));
    (void)printf("%u services, %u proxies, %" PRIu64 " series, %.0f samples/s%s\n", runs,
                 w.services * PROXIES, stats.series, live.samples_s,
                 placebos ? ", placebos of each" : "");
    (void)printf("without a run: %5.1f %% of a core; of it %.1f ingest\n", idle.all * 100,
                 idle.ingest * 100);
    (void)printf("with %zu runs: %5.1f %% of a core; of it %.1f ingest\n", runs_count(w.app.runs),
                 live.all * 100, live.ingest * 100);
    (void)printf("the runs alone: %.1f %%, %.0f us of CPU a run and tick\n",
                 (live.all - live.ingest - (idle.all - idle.ingest)) * 100,
                 (live.all - live.ingest - (idle.all - idle.ingest)) * TICK_MS * 1000 / runs);
    end(&w);
    return 0;
}
