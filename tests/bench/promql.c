/* promql [--quick]: PromQL evaluation over columns in memory: 13,800 series as
 * a mesh has them (20 services of 2 versions, 5 pods, 3 codes, 23 series each)
 * with an hour of samples every 15 s, as instant queries and over 201 steps of
 * 15 s; then nanoseconds per series and step of the pieces.
 *
 * Every run parses nothing and plans anew: labels, groups and matches are part
 * of the time.  Times are of the processor, for others may be using the machine;
 * query times move by a second from run to run, off the grid of the samples. */
#include "promql/eval.h"
#include "promql/memsource.h"
#include "promql/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    SERVICES = 20,
    VERSIONS = 2,
    PODS = 5,
    CODES = 3,
    BOUNDS = 20,
    SAMPLES = 240,
    SCRAPE_MS = 15000,
    STEPS = 201,
};

#define START_MS INT64_C(1700000000000)
#define NOW_MS (START_MS + (int64_t)SAMPLES * SCRAPE_MS - 7000)

static const char *const bounds[BOUNDS] = {
    "0.5",  "1",    "5",     "10",    "25",    "50",     "100",    "250",     "500",     "1000",
    "2500", "5000", "10000", "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf",
};

struct mesh {
    struct memsource *source;
    struct arena      arena;
    int64_t          *times[SERVICES * VERSIONS * PODS]; /* one scrape, one array */
};

struct place_of {
    int service, version, pod, code;
};

static struct memsource_label
label(struct mesh *m, const char *name, const char *fmt, int n)
{
    return (struct memsource_label){slice_of(name), slice_of(arena_printf(&m->arena, fmt, n))};
}

static void
add_series(struct mesh *m, struct place_of p, const char *name, const char *le, double slope)
{
    struct memsource_label labels[] = {
        {SLICE_LITERAL("__name__"), slice_of(name)},
        {SLICE_LITERAL("reporter"), SLICE_LITERAL("source")},
        {SLICE_LITERAL("source_workload"), SLICE_LITERAL("frontend")},
        {SLICE_LITERAL("source_workload_namespace"), SLICE_LITERAL("default")},
        {SLICE_LITERAL("request_protocol"), SLICE_LITERAL("http")},
        {SLICE_LITERAL("response_flags"), SLICE_LITERAL("-")},
        {SLICE_LITERAL("connection_security_policy"), SLICE_LITERAL("mutual_tls")},
        {SLICE_LITERAL("job"), SLICE_LITERAL("istio-proxy")},
        label(m, "destination_service", "svc-%d.default.svc.cluster.local", p.service),
        label(m, "destination_service_name", "svc-%d", p.service),
        label(m, "destination_service_namespace", "default%.0d", 0),
        label(m, "destination_workload", "svc-%d", p.service),
        label(m, "destination_version", "v%d", p.version + 1),
        label(m, "destination_canonical_revision", "v%d", p.version + 1),
        label(m, "response_code", "%d",
              p.code == 0   ? 200
              : p.code == 1 ? 404
                            : 503),
        label(m, "instance", "10.0.0.%d:15020", (p.service * VERSIONS + p.version) * PODS + p.pod),
        label(m, "pod", "pod-%d", (p.service * VERSIONS + p.version) * PODS + p.pod),
        {SLICE_LITERAL("le"), slice_of(le)},
    };
    double    *v = arena_array(&m->arena, SAMPLES, sizeof *v);
    int        pod = (p.service * VERSIONS + p.version) * PODS + p.pod;
    size_t     series;
    struct err err = {0};

    for (int i = 0; i < SAMPLES; i++)
        v[i] = 20000 + (double)(int64_t)(slope * i);
    if (memsource_series(m->source, labels, ARRAY_LEN(labels), &series, &err)) {
        (void)fprintf(stderr, "promql: %s\n", err.text);
        exit(1);
    }
    memsource_borrow(m->source, series, (struct source_column){m->times[pod], v, SAMPLES});
}

static void
add_code(struct mesh *m, struct place_of p)
{
    double rate = 30.0 + p.service + 3 * p.version - 9 * p.code;

    for (int b = 0; b < BOUNDS; b++)
        add_series(m, p, "istio_request_duration_milliseconds_bucket", bounds[b],
                   rate * (b + 1) / BOUNDS);
    add_series(m, p, "istio_request_duration_milliseconds_sum", "", rate * 80);
    add_series(m, p, "istio_request_duration_milliseconds_count", "", rate);
    add_series(m, p, "istio_requests_total", "", rate);
}

static void
make_mesh(struct mesh *m)
{
    m->source = memsource_new();
    for (int pod = 0; pod < SERVICES * VERSIONS * PODS; pod++) {
        m->times[pod] = arena_array(&m->arena, SAMPLES, sizeof(int64_t));
        for (int i = 0; i < SAMPLES; i++)
            m->times[pod][i] = START_MS + pod * 137 + (int64_t)i * SCRAPE_MS;
    }
    for (struct place_of p = {0}; p.service < SERVICES; p.service++)
        for (p.version = 0; p.version < VERSIONS; p.version++)
            for (p.pod = 0; p.pod < PODS; p.pod++)
                for (p.code = 0; p.code < CODES; p.code++)
                    add_code(m, p);
}

struct row {
    const char *name, *query;
};

static const struct row whole[] = {
    {"seed: requests by version", "sum(rate(istio_requests_total[5m])) by (destination_version)"},
    {"seed: success ratio by version",
     "sum(rate(istio_requests_total{response_code!~\"5..\"}[5m])) by (destination_version)"
     " / sum(rate(istio_requests_total[5m])) by (destination_version)"},
    {"seed: p95 by version",
     "histogram_quantile(0.95, sum(rate(istio_request_duration_milliseconds_bucket[5m])) "
     "by (le, destination_version))"},
    {"raw selector, 600 series",
     "istio_request_duration_milliseconds_bucket{destination_service_name=\"svc-3\"}"},
    {"success rate, 1 service by version",
     "sum by (destination_version) (rate(istio_requests_total{destination_service_name=\"svc-3\","
     "response_code!~\"5..\"}[5m])) / sum by (destination_version) "
     "(rate(istio_requests_total{destination_service_name=\"svc-3\"}[5m]))"},
    {"p95, 1 service by version",
     "histogram_quantile(0.95, sum by (le, destination_version) "
     "(rate(istio_request_duration_milliseconds_bucket{destination_service_name=\"svc-3\"}[5m])))"},
    {"sum by (le) of 12,000 rates",
     "sum by (le) (rate(istio_request_duration_milliseconds_bucket[5m]))"},
    {"p95 by workload and version, 12,000",
     "histogram_quantile(0.95, sum by (le, destination_workload, destination_version) "
     "(rate(istio_request_duration_milliseconds_bucket[5m])))"},
    {"p99 by workload, regex, [1m], > 0",
     "histogram_quantile(0.99, sum by (le, destination_workload) "
     "(rate(istio_request_duration_milliseconds_bucket{destination_service_name=~\"svc-.*\","
     "response_code=~\"2..\"}[1m]))) > 0"},
};

/* Over 12,000 bucket series, or 600 requests on either side. */
static const struct row pieces[] = {
    {"select", "istio_request_duration_milliseconds_bucket"},
    {"rate", "rate(istio_request_duration_milliseconds_bucket[5m])"},
    {"sum by (le)", "sum by (le) (istio_request_duration_milliseconds_bucket)"},
    {"sum by (le) of rate", "sum by (le) (rate(istio_request_duration_milliseconds_bucket[5m]))"},
    {"histogram_quantile", "histogram_quantile(0.9, istio_request_duration_milliseconds_bucket)"},
    {"binary match",
     "istio_request_duration_milliseconds_bucket - istio_request_duration_milliseconds_bucket"},
    {"many to one",
     "istio_request_duration_milliseconds_bucket / on (pod, response_code) group_left () "
     "istio_request_duration_milliseconds_count"},
};

static int64_t
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

struct measured {
    double   ns; /* the median */
    uint64_t series;
    size_t   rows;
};

static struct measured
measure(struct mesh *m, const char *query, size_t steps, int runs)
{
    struct arena    parsed = {0};
    struct node    *tree;
    struct err      err = {0};
    int64_t         took[64];
    struct measured out = {0};
    struct source   source = memsource_source(m->source);

    if (parser_parse(&parsed, slice_of(query), &tree, NULL, &err)) {
        (void)fprintf(stderr, "promql: %s: %s\n", query, err.text);
        exit(1);
    }
    for (int i = 0; i < runs; i++) {
        struct arena        arena = {0};
        struct eval_result  result;
        int64_t             end = NOW_MS - i * 1000, begin = now_ns();
        struct eval_request request = {
            .start_ms = end - (int64_t)(steps - 1) * SCRAPE_MS,
            .end_ms = end,
            .step_ms = steps > 1 ? SCRAPE_MS : 0,
        };
        if (steps == 1)
            request.start_ms = end;
        if (eval_run(tree, slice_of(query), &source, &request, &arena, &result, &err)) {
            (void)fprintf(stderr, "promql: %s: %s\n", query, err.text);
            exit(1);
        }
        took[i] = now_ns() - begin;
        out.rows = result.value.n_series;
        out.series = result.stats.series;
        eval_close(&result);
        arena_release(&arena);
    }
    qsort(took, (size_t)runs, sizeof *took, by_size);
    out.ns = (double)took[runs / 2];
    arena_release(&parsed);
    return out;
}

int
main(int argc, char **argv)
{
    bool        quick = argc > 1 && slice_is(slice_of(argv[1]), "--quick");
    int         runs = quick ? 3 : 31;
    struct mesh m = {0};

    make_mesh(&m);
    (void)printf("%zu series, %d samples each; median of %d runs\n\n", memsource_count(m.source),
                 SAMPLES, runs);
    (void)printf("%-36s %10s %14s %7s\n", "query", "instant ms", "201 steps ms", "series");
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        struct measured now = measure(&m, whole[i].query, 1, runs);
        struct measured range = measure(&m, whole[i].query, STEPS, quick ? 1 : 9);
        (void)printf("%-36s %10.3f %14.3f %7zu\n", whole[i].name, now.ns / 1e6, range.ns / 1e6,
                     now.rows);
    }
    (void)printf("\n%-36s %10s %14s\n", "ns per series and step", "instant", "201 steps");
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct measured now = measure(&m, pieces[i].query, 1, runs);
        struct measured range = measure(&m, pieces[i].query, STEPS, quick ? 1 : 5);
        (void)printf("%-36s %10.1f %14.2f\n", pieces[i].name, now.ns / (double)now.series,
                     range.ns / (double)range.series / STEPS);
    }
    memsource_free(m.source);
    arena_release(&m.arena);
    return 0;
}
