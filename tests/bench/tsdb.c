/* tsdb [--quick] [SERIES]: the embedded series store by itself.
 *
 * First the queries of build/bench/promql, over the same 13,800 series of an hour,
 * once from columns in memory and once from the store.  Then SERIES series
 * (100,000; 480 samples of 15 s each, as Istio's busy counters are): nanoseconds
 * to append a sample, bytes a series and a sample, resident memory.
 *
 * Times are of the processor, for others may be using the machine; query times
 * move by a second from run to run, off the grid of the samples. */
#include "base/heap.h"
#include "base/text.h"
#include "promql/eval.h"
#include "promql/memsource.h"
#include "promql/parser.h"
#include "telemetry/tsdb.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    VERSIONS = 2,
    PODS = 5,
    CODES = 3,
    BOUNDS = 20,
    PER_CODE = BOUNDS + 3,
    PER_POD = CODES * PER_CODE,
    SCRAPE_MS = 15000,
    STEPS = 201,
    QUERY_SERVICES = 20,
    QUERY_SAMPLES = 240,
    LONG_SAMPLES = 480,
    RUNS = 15,
};

#define START_MS INT64_C(1700000000000)

static const char *const bounds[BOUNDS] = {
    "0.5",  "1",    "5",     "10",    "25",    "50",     "100",    "250",     "500",     "1000",
    "2500", "5000", "10000", "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf",
};

static int64_t
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
check(enum status st, const struct err *err)
{
    if (!st)
        return;
    (void)fprintf(stderr, "tsdb: %s: %s\n", status_text(st), err->text);
    exit(1);
}

static uint64_t seed = 1;

/* xorshift64*, Vigna 2016 */
static uint32_t
pick(uint32_t below)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 0x2545f4914f6cdd1d) >> 33) % below;
}

/* The series of one pod: what its scrape says each time. */
struct pod {
    uint64_t ref[PER_POD];
    size_t   mem[PER_POD]; /* the same in the memsource */
    double   value[PER_POD];
    int64_t *t_ms;   /* of the memsource: one scrape, one array */
    double  *column; /* PER_POD of them */
};

struct mesh {
    struct tsdb      *t;
    struct memsource *m; /* NULL: only the store */
    struct pod       *pod;
    size_t            pods;
};

static void
add_series(struct mesh *g, size_t pod, int code, const char *name, const char *le, uint64_t *ref,
           size_t *mem)
{
    static const char *const codes[CODES] = {"200", "404", "503"};
    char                     text[6][64];
    size_t                   service = pod / (VERSIONS * PODS), version = pod / PODS % VERSIONS;
    struct err               err = {0};

    (void)snprintf(text[0], sizeof text[0], "svc-%zu.default.svc.cluster.local", service);
    (void)snprintf(text[1], sizeof text[1], "svc-%zu", service);
    (void)snprintf(text[2], sizeof text[2], "v%zu", version + 1);
    (void)snprintf(text[3], sizeof text[3], "10.0.%zu.%zu:15020", pod / 250, pod % 250);
    (void)snprintf(text[4], sizeof text[4], "pod-%zu", pod);
    const struct tsdb_label labels[] = {
        {SLICE_LITERAL("__name__"), slice_of(name)},
        {SLICE_LITERAL("reporter"), SLICE_LITERAL("source")},
        {SLICE_LITERAL("source_workload"), SLICE_LITERAL("frontend")},
        {SLICE_LITERAL("source_workload_namespace"), SLICE_LITERAL("default")},
        {SLICE_LITERAL("request_protocol"), SLICE_LITERAL("http")},
        {SLICE_LITERAL("response_flags"), SLICE_LITERAL("-")},
        {SLICE_LITERAL("connection_security_policy"), SLICE_LITERAL("mutual_tls")},
        {SLICE_LITERAL("job"), SLICE_LITERAL("istio-proxy")},
        {SLICE_LITERAL("destination_service"), slice_of(text[0])},
        {SLICE_LITERAL("destination_service_name"), slice_of(text[1])},
        {SLICE_LITERAL("destination_service_namespace"), SLICE_LITERAL("default")},
        {SLICE_LITERAL("destination_workload"), slice_of(text[1])},
        {SLICE_LITERAL("destination_version"), slice_of(text[2])},
        {SLICE_LITERAL("destination_canonical_revision"), slice_of(text[2])},
        {SLICE_LITERAL("response_code"), slice_of(codes[code])},
        {SLICE_LITERAL("instance"), slice_of(text[3])},
        {SLICE_LITERAL("pod"), slice_of(text[4])},
        {SLICE_LITERAL("le"), slice_of(le)},
    };
    struct memsource_label same[ARRAY_LEN(labels)];
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        same[i] = (struct memsource_label){labels[i].name, labels[i].value};
    check(tsdb_series(g->t, labels, ARRAY_LEN(labels), ref, &err), &err);
    if (g->m)
        check(memsource_series(g->m, same, ARRAY_LEN(same), mem, &err), &err);
}

static void
add_pod(struct mesh *g, size_t pod)
{
    struct pod *p = &g->pod[pod];
    size_t      k = 0;

    for (int code = 0; code < CODES; code++) {
        for (int b = 0; b < BOUNDS; b++, k++)
            add_series(g, pod, code, "istio_request_duration_milliseconds_bucket", bounds[b],
                       &p->ref[k], &p->mem[k]);
        add_series(g, pod, code, "istio_request_duration_milliseconds_sum", "", &p->ref[k],
                   &p->mem[k]);
        k++;
        add_series(g, pod, code, "istio_request_duration_milliseconds_count", "", &p->ref[k],
                   &p->mem[k]);
        k++;
        add_series(g, pod, code, "istio_requests_total", "", &p->ref[k], &p->mem[k]);
        k++;
    }
}

/* Some hundred requests, most of them quick. */
static void
count_requests(struct pod *p)
{
    for (int code = 0; code < CODES; code++) {
        double  *v = p->value + code * PER_CODE;
        uint32_t n = code ? pick(12) : 200 + pick(400), at = 0;
        double   sum = 0;

        for (int b = 0; b < BOUNDS; b++) {
            uint32_t share = b < BOUNDS - 1 ? (n - at) / 3 + pick(2) : n - at;

            at = at + share > n || b > 12 ? n : at + share;
            v[b] += at;
            sum += share * (double)b * 7.3;
        }
        v[BOUNDS] += floor(sum * 10) / 10;
        v[BOUNDS + 1] += n;
        v[BOUNDS + 2] += n;
    }
}

static void
scrape(struct mesh *g, size_t pod, int number)
{
    struct pod *p = &g->pod[pod];
    int64_t     t_ms = START_MS + (int64_t)number * SCRAPE_MS + (int64_t)(pod * 137 % SCRAPE_MS);
    struct err  err = {0};

    for (size_t k = 0; k < PER_POD; k++)
        check(tsdb_append(g->t, p->ref[k], t_ms, p->value[k]), &err);
    tsdb_commit(g->t);
    if (!g->m)
        return;
    p->t_ms[number] = t_ms;
    for (size_t k = 0; k < PER_POD; k++)
        p->column[k * QUERY_SAMPLES + (size_t)number] = p->value[k];
}

static void
lend(struct mesh *g, struct pod *p)
{
    p->t_ms = heap_new(QUERY_SAMPLES, sizeof *p->t_ms);
    p->column = heap_new((size_t)QUERY_SAMPLES * PER_POD, sizeof *p->column);
    for (size_t k = 0; k < PER_POD; k++)
        memsource_borrow(
            g->m, p->mem[k],
            (struct source_column){p->t_ms, p->column + k * QUERY_SAMPLES, QUERY_SAMPLES});
}

static void
end(struct mesh *g)
{
    tsdb_free(g->t);
    memsource_free(g->m);
    for (size_t pod = 0; pod < g->pods; pod++) {
        free(g->pod[pod].t_ms);
        free(g->pod[pod].column);
    }
    free(g->pod);
}

/* Nanoseconds an append. */
static double
fill(struct mesh *g, int samples)
{
    int64_t took = 0;

    g->pod = heap_new(g->pods, sizeof *g->pod);
    for (size_t pod = 0; pod < g->pods; pod++) {
        add_pod(g, pod);
        if (g->m)
            lend(g, &g->pod[pod]);
    }
    for (int i = 0; i < samples; i++) {
        for (size_t pod = 0; pod < g->pods; pod++)
            count_requests(&g->pod[pod]);
        int64_t begin = now_ns();
        for (size_t pod = 0; pod < g->pods; pod++)
            scrape(g, pod, i);
        if (i % 4 == 0)
            (void)tsdb_collect(g->t, INT64_MAX);
        took += now_ns() - begin;
    }
    return (double)took / samples / (double)(g->pods * PER_POD);
}

struct row {
    const char *name, *query;
};

static const struct row rows[] = {
    {"requests by version", "sum(rate(istio_requests_total[5m])) by (destination_version)"},
    {"p95 by version",
     "histogram_quantile(0.95, sum(rate(istio_request_duration_milliseconds_bucket[5m])) "
     "by (le, destination_version))"},
    {"raw selector, 300 series",
     "istio_request_duration_milliseconds_bucket{destination_service_name=\"svc-3\"}"},
    {"success rate, 1 service by version",
     "sum by (destination_version) (rate(istio_requests_total{destination_service_name=\"svc-3\","
     "response_code!~\"5..\"}[5m])) / sum by (destination_version) "
     "(rate(istio_requests_total{destination_service_name=\"svc-3\"}[5m]))"},
    {"sum by (le) of 12,000 rates",
     "sum by (le) (rate(istio_request_duration_milliseconds_bucket[5m]))"},
    {"sum by (le) of 12,000 rates, [30m]",
     "sum by (le) (rate(istio_request_duration_milliseconds_bucket[30m]))"},
    {"p95 by workload and version, 12,000",
     "histogram_quantile(0.95, sum by (le, destination_workload, destination_version) "
     "(rate(istio_request_duration_milliseconds_bucket[5m])))"},
    {"p99 by workload, regex, [1m], > 0",
     "histogram_quantile(0.99, sum by (le, destination_workload) "
     "(rate(istio_request_duration_milliseconds_bucket{destination_service_name=~\"svc-.*\","
     "response_code=~\"2..\"}[1m]))) > 0"},
    {"one bucket of each, le=\"250\"",
     "sum by (destination_version) (rate(istio_request_duration_milliseconds_bucket{le=\"250\"}"
     "[5m]))"},
    {"select 12,000", "count(istio_request_duration_milliseconds_bucket)"},
};

static int
by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Milliseconds, the median; and a sum over the answers of all runs. */
static double
measure(struct source source, const char *query, size_t steps, int runs, double *sum)
{
    struct arena parsed = {0};
    struct node *tree;
    struct err   err = {0};
    int64_t      took[RUNS];

    *sum = 0;
    check(parser_parse(&parsed, slice_of(query), &tree, NULL, &err), &err);
    for (int i = 0; i < runs; i++) {
        struct arena        arena = {0};
        struct eval_result  result;
        int64_t             last = START_MS + QUERY_SAMPLES * SCRAPE_MS - 7000 - i * 1000;
        int64_t             begin = now_ns();
        struct eval_request request = {
            .start_ms = last - (int64_t)(steps - 1) * SCRAPE_MS,
            .end_ms = last,
            .step_ms = steps > 1 ? SCRAPE_MS : 0,
        };
        check(eval_run(tree, slice_of(query), &source, &request, &arena, &result, &err), &err);
        for (size_t k = 0; k < result.value.n_series; k++)
            for (size_t n = 0; n < result.value.series[k].n; n++)
                *sum += result.value.series[k].v[n];
        eval_close(&result);
        arena_release(&arena);
        took[i] = now_ns() - begin;
    }
    qsort(took, (size_t)runs, sizeof *took, by_size);
    arena_release(&parsed);
    return (double)took[runs / 2] / 1e6;
}

static void
compare_queries(bool quick)
{
    struct mesh g = {.m = memsource_new(), .pods = QUERY_SERVICES * VERSIONS * PODS};

    g.t = tsdb_new(&(struct tsdb_limits){0}, &clock_system);
    (void)fill(&g, QUERY_SAMPLES);
    (void)printf("%zu series, %d samples each; ms, median of %d\n\n", g.pods * PER_POD,
                 QUERY_SAMPLES, quick ? 3 : RUNS);
    (void)printf("%-36s %8s %8s %6s   %9s %9s %6s\n", "query", "columns", "store", "ratio",
                 "201 steps", "store", "ratio");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        double ms[4], sum[4];

        for (int k = 0; k < 4; k++)
            ms[k] = measure(k % 2 ? tsdb_source(g.t) : memsource_source(g.m), rows[i].query,
                            k < 2 ? 1 : STEPS,
                            quick   ? 3
                            : k < 2 ? RUNS
                                    : 5,
                            &sum[k]);
        (void)printf("%-36s %8.3f %8.3f %6.2f   %9.3f %9.3f %6.2f\n", rows[i].name, ms[0], ms[1],
                     ms[1] / ms[0], ms[2], ms[3], ms[3] / ms[2]);
        if (fabs(sum[0] - sum[1]) > fabs(sum[0]) * 1e-12 ||
            fabs(sum[2] - sum[3]) > fabs(sum[2]) * 1e-12) {
            (void)fprintf(stderr, "tsdb: the answers differ: %.17g %.17g, %.17g %.17g\n", sum[0],
                          sum[1], sum[2], sum[3]);
            exit(1);
        }
    }
    end(&g);
}

static double
resident_mb(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long  pages[2] = {0, 0};

    if (!f || fscanf(f, "%ld %ld", &pages[0], &pages[1]) != 2)
        pages[1] = 0;
    if (f)
        (void)fclose(f);
    return (double)pages[1] * 4096 / 1e6;
}

static void
measure_memory(size_t series)
{
    struct mesh g = {.pods = (series + PER_POD - 1) / PER_POD};
    double      before = resident_mb();

    g.t = tsdb_new(&(struct tsdb_limits){.max_series = series * 2, .max_bytes = (size_t)8 << 30},
                   &clock_system);
    double            ns = fill(&g, LONG_SAMPLES);
    double            after = resident_mb() - before - (double)(g.pods * sizeof *g.pod) / 1e6;
    struct tsdb_stats s = tsdb_stats(g.t);
    (void)printf("\n%llu series, %llu samples: %.1f ns an append\n", (unsigned long long)s.series,
                 (unsigned long long)s.samples, ns);
    (void)printf("counted %.0f MB (hot %.0f, sealed %.0f, labels %.0f, postings %.0f), resident "
                 "%.0f MB\n",
                 (double)s.bytes / 1e6, (double)s.bytes_hot / 1e6, (double)s.bytes_sealed / 1e6,
                 (double)s.bytes_labels / 1e6, (double)s.bytes_postings / 1e6, after);
    (void)printf("resident: %.0f bytes a series, %.2f a sample\n", after * 1e6 / (double)s.series,
                 after * 1e6 / (double)s.samples);
    end(&g);
}

int
main(int argc, char **argv)
{
    bool     quick = argc > 1 && slice_is(slice_of(argv[1]), "--quick");
    uint64_t series = quick ? 10000 : 100000;

    if (argc > 1 + quick && slice_u64(slice_of(argv[1 + quick]), &series)) {
        (void)fprintf(stderr, "usage: tsdb [--quick] [SERIES]\n");
        return 2;
    }
    compare_queries(quick);
    measure_memory((size_t)series);
    return 0;
}
