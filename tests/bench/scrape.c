/* scrape [--quick]: bodies of an Istio proxy into the series store: 40 pairs of
 * workload and response, 67 series each (a counter, three histograms of 20
 * buckets, sum and count), scraped every 15 s with other counts each time.
 *
 * Nanoseconds of CPU time a line of the body; what appending to the store takes
 * of that stands in a row of its own. */
#include "telemetry/scrapebody.h"
#include "telemetry/textimport.h"

#include "base/heap.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CELLS = 40, BUCKETS = 20, ROUNDS = 2, SCRAPE_MS = 15000 };

#define START_MS INT64_C(1700000000000)

static const char *const bounds[BUCKETS] = {
    "0.5",  "1",    "5",     "10",    "25",    "50",     "100",    "250",     "500",     "1000",
    "2500", "5000", "10000", "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf",
};

static const char *const histograms[] = {
    "istio_request_bytes",
    "istio_request_duration_milliseconds",
    "istio_response_bytes",
};

struct body {
    struct text text;
    size_t      lines;
};

static void
put_labels(struct text *t, const char *name, const char *part, int cell, const char *le)
{
    static const char *const codes[] = {"200", "404", "503", "504"};

    text_printf(
        t,
        "%s%s{reporter=\"destination\",source_workload=\"client-%d\","
        "source_canonical_service=\"client-%d\",source_canonical_revision=\"v1\","
        "source_workload_namespace=\"default\",source_principal=\"spiffe://cluster.local/ns/"
        "default/sa/client-%d\",source_app=\"client-%d\",source_version=\"v1\","
        "source_cluster=\"Kubernetes\",destination_workload=\"reviews-v2\","
        "destination_workload_namespace=\"default\",destination_principal=\"spiffe://"
        "cluster.local/ns/default/sa/reviews\",destination_app=\"reviews\","
        "destination_version=\"v2\",destination_service=\"reviews.default.svc.cluster.local\","
        "destination_canonical_service=\"reviews\",destination_canonical_revision=\"v2\","
        "destination_service_name=\"reviews\",destination_service_namespace=\"default\","
        "destination_cluster=\"Kubernetes\",request_protocol=\"http\",response_code=\"%s\","
        "grpc_response_status=\"\",response_flags=\"-\","
        "connection_security_policy=\"mutual_tls\"",
        name, part, cell / 4, cell / 4, cell / 4, cell / 4, codes[cell % 4]);
    if (le)
        text_printf(t, ",le=\"%s\"", le);
    text_puts(t, "} ");
}

static void
put_histogram(struct body *b, const char *name, int cell, int round)
{
    long seen = 100000L * (cell + 1) + 450L * round;

    text_printf(&b->text, "# TYPE %s histogram\n", name);
    for (int i = 0; i < BUCKETS; i++) {
        put_labels(&b->text, name, "_bucket", cell, bounds[i]);
        text_printf(&b->text, "%ld\n", seen * (i + 1) / BUCKETS);
    }
    put_labels(&b->text, name, "_sum", cell, NULL);
    text_printf(&b->text, "%.17g\n", (double)seen * 81.3 + 0.1);
    put_labels(&b->text, name, "_count", cell, NULL);
    text_printf(&b->text, "%ld\n", seen);
    b->lines += BUCKETS + 2;
}

static void
make_body(struct body *b, int round)
{
    text_init(&b->text, 64 << 20);
    for (size_t h = 0; h < ARRAY_LEN(histograms); h++)
        for (int cell = 0; cell < CELLS; cell++)
            put_histogram(b, histograms[h], cell, round);
    text_puts(&b->text, "# TYPE istio_requests_total counter\n");
    for (int cell = 0; cell < CELLS; cell++, b->lines++) {
        put_labels(&b->text, "istio_requests_total", "", cell, NULL);
        text_printf(&b->text, "%ld\n", 100000L * (cell + 1) + 450L * round);
    }
}

/* Every other line in front of the one before it: nothing is where it was. */
static struct body
shuffled(const struct body *from)
{
    struct body  b = {.lines = from->lines};
    struct slice rest = text_slice(&from->text);

    text_init(&b.text, from->text.max_bytes);
    while (rest.n) {
        struct slice one = slice_cut(&rest, '\n'), two = rest.n ? slice_cut(&rest, '\n') : rest;

        if (two.n && two.p[0] != '#' && one.p[0] != '#')
            text_printf(&b.text, "%.*s\n%.*s\n", SLICE_ARG(two), SLICE_ARG(one));
        else
            text_printf(&b.text, "%.*s\n%.*s\n", SLICE_ARG(one), SLICE_ARG(two));
    }
    return b;
}

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
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

enum { MAX_RUNS = 512 };

struct times {
    double ns[MAX_RUNS];
    size_t n;
};

static void
print_median(const char *name, struct times *t, double samples)
{
    qsort(t->ns, t->n, sizeof *t->ns, by_size);
    (void)printf("%-44s %8.1f\n", name, t->ns[t->n / 2] / samples);
}

static void
read_only(const struct body *b, int runs)
{
    struct times t = {0};

    for (int i = 0; i < runs; i++) {
        struct exposition      e = {.body = text_slice(&b->text)};
        struct exposition_line l;
        int64_t                begin = now_ns();

        do {
            if (exposition_next(&e, &l, NULL))
                exit(1);
        } while (l.what != EXPOSITION_END);
        t.ns[t.n++] = (double)(now_ns() - begin);
    }
    print_median("read, labels not taken apart", &t, (double)b->lines);
}

static struct tsdb *
new_store(void)
{
    return tsdb_new(&(struct tsdb_limits){.max_future_ms = INT64_C(1) << 50}, &clock_system);
}

/* Scrapes in turn; the first is printed for itself. */
static void
scrapes(const char *name, struct body *const *bodies, size_t n,
        const struct scrapebody_rules *rules, int runs)
{
    static const struct tsdb_label target[] = {
        {SLICE_LITERAL("job"), SLICE_LITERAL("edge")},
        {SLICE_LITERAL("instance"), SLICE_LITERAL("10.0.0.1:15020")},
        {SLICE_LITERAL("namespace"), SLICE_LITERAL("default")},
        {SLICE_LITERAL("pod"), SLICE_LITERAL("reviews-v2-5b69f8dd7c-lxkqh")},
    };
    struct tsdb             *store = new_store();
    struct metadata         *m = metadata_new();
    struct scrapebody       *b = scrapebody_new(store, m, rules, target, ARRAY_LEN(target));
    struct scrapebody_report r;
    struct times             t = {0};
    double                   first = 0;
    char                     text[64];

    for (int i = 0; i <= runs; i++) {
        const struct body *body = bodies[(size_t)i % n];
        int64_t            begin = now_ns(), took;

        scrapebody_apply(b, EXPOSITION_TEXT, text_slice(&body->text),
                         START_MS + (int64_t)i * SCRAPE_MS, 1, &r);
        took = now_ns() - begin;
        if (r.status) {
            (void)fprintf(stderr, "scrape: %s\n", r.err.text);
            exit(1);
        }
        if (i)
            t.ns[t.n++] = (double)took;
        else
            first = (double)took;
        while (i % 40 == 39 && tsdb_collect(store, START_MS + (int64_t)i * SCRAPE_MS))
            continue;
    }
    (void)snprintf(text, sizeof text, "first scrape, %s", name);
    (void)printf("%-44s %8.1f\n", text, first / (double)bodies[0]->lines);
    (void)snprintf(text, sizeof text, "scraped again, %s", name);
    print_median(text, &t, (double)bodies[0]->lines);
    scrapebody_free(b);
    metadata_free(m);
    tsdb_free(store);
}

static void
append_only(size_t series, int runs)
{
    struct tsdb *store = new_store();
    uint64_t    *refs = heap_new(series, sizeof *refs);
    struct times t = {0};

    for (size_t i = 0; i < series; i++) {
        char              a[24], le[8];
        struct tsdb_label labels[] = {{SLICE_LITERAL("__name__"), SLICE_LITERAL("x_bucket")},
                                      {SLICE_LITERAL("a"), {a, 0}},
                                      {SLICE_LITERAL("le"), {le, 0}}};

        labels[1].value.n = (size_t)snprintf(a, sizeof a, "%zu", i / BUCKETS);
        labels[2].value.n = (size_t)snprintf(le, sizeof le, "%zu", i % BUCKETS);
        if (tsdb_series(store, labels, ARRAY_LEN(labels), &refs[i], NULL))
            exit(1);
    }
    for (int run = 0; run < runs; run++) {
        int64_t begin = now_ns();

        for (size_t i = 0; i < series; i++)
            if (tsdb_append(store, refs[i], START_MS + (int64_t)run * SCRAPE_MS,
                            (double)(run * 450 + (int)i)))
                exit(1);
        tsdb_commit(store);
        t.ns[t.n++] = (double)(now_ns() - begin);
        while (run % 40 == 39 && tsdb_collect(store, START_MS + (int64_t)run * SCRAPE_MS))
            continue;
    }
    print_median("of that: appended to the store", &t, (double)series);
    free(refs);
    tsdb_free(store);
}

struct memory {
    struct slice rest;
};

static enum status
read_memory(void *self, char *out, size_t room, size_t *n, struct err *err)
{
    struct memory *m = self;

    (void)err;
    *n = m->rest.n < room ? m->rest.n : room;
    memcpy(out, m->rest.p, *n);
    m->rest = (struct slice){m->rest.p + *n, m->rest.n - *n};
    return STATUS_OK;
}

static void
close_memory(void *self)
{
    (void)self;
}

/* Rounds of the same lines at times 15 s apart, as a dump by time has them. */
static void
import_rounds(const struct body *b, int rounds)
{
    struct text        t;
    struct memory      m;
    struct bytestream  stream = {read_memory, close_memory, &m};
    struct tsdb       *store = new_store();
    struct textimport *i;
    int64_t            begin;

    text_init(&t, (size_t)1 << 30);
    for (int round = 0; round < rounds; round++)
        for (struct slice rest = text_slice(&b->text), line; rest.n;) {
            line = slice_cut(&rest, '\n');
            if (line.n && line.p[0] != '#')
                text_printf(&t, "%.*s %lld\n", SLICE_ARG(line),
                            (long long)START_MS + (long long)round * SCRAPE_MS);
        }
    m.rest = text_slice(&t);
    i = textimport_new(store, NULL, &stream, START_MS);
    begin = now_ns();
    while (textimport_step(i, TEXTIMPORT_STEP_BYTES))
        continue;
    if (textimport_report(i)->samples != b->lines * (size_t)rounds) {
        (void)fprintf(stderr, "scrape: import: %s\n", textimport_report(i)->err.text);
        exit(1);
    }
    (void)printf("%-44s %8.1f\n", "imported, by time, the first round with it",
                 (double)(now_ns() - begin) / (double)(b->lines * (size_t)rounds));
    textimport_free(i);
    tsdb_free(store);
    text_release(&t);
}

int
main(int argc, char **argv)
{
    static const struct slice     keep[] = {SLICE_LITERAL("istio_requests_total"),
                                            SLICE_LITERAL("istio_request_duration_milliseconds")};
    const struct scrapebody_rules all = {0}, some = {.keep = keep, .n_keep = ARRAY_LEN(keep)};
    bool                          quick = argc > 1 && slice_is(slice_of(argv[1]), "--quick");
    int                           runs = quick ? 9 : 400;
    struct body                   in_order[ROUNDS] = {0}, mixed;
    struct body                  *bodies[ROUNDS], *alternating[2];

    for (int i = 0; i < ROUNDS; i++) {
        make_body(&in_order[i], i);
        bodies[i] = &in_order[i];
    }
    mixed = shuffled(&in_order[1]);
    alternating[0] = &in_order[0];
    alternating[1] = &mixed;
    (void)printf("%zu lines, %zu bytes; median of %d runs, ns a line\n\n", in_order[0].lines,
                 in_order[0].text.n, runs);
    read_only(&in_order[0], runs);
    scrapes("all kept", bodies, ROUNDS, &all, runs);
    append_only(in_order[0].lines, runs);
    scrapes("22 of 67 kept", bodies, ROUNDS, &some, runs);
    scrapes("all kept, pairs swapped", alternating, 2, &all, runs < 40 ? runs : 40);
    import_rounds(&in_order[0], quick ? 4 : 120);
    for (int i = 0; i < ROUNDS; i++)
        text_release(&in_order[i].text);
    text_release(&mixed.text);
    return 0;
}
