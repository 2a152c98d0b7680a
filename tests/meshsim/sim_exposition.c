#include "tests/meshsim/sim_exposition.h"

#include "base/heap.h"
#include "tests/meshsim/sim_mesh.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABELS_MAX_BYTES = 32 << 10 };

static const char UNKNOWN[] = "unknown";

void
sim_exposition_escape(struct text *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            text_putc(out, '\\');
        if (*text == '\n')
            text_puts(out, "\\n");
        else
            text_putc(out, *text);
    }
}

/* A workload without the label says "" of itself; its peer says "unknown". */
static struct sim_identity
as_peer(struct sim_identity id)
{
    if (!*id.app)
        id.app = UNKNOWN;
    if (!*id.version)
        id.version = UNKNOWN;
    return id;
}

struct sim_identity
sim_exposition_destination(const struct sim_scenario *s, enum sim_side side,
                           const struct sim_key *key)
{
    struct sim_identity id = {UNKNOWN, UNKNOWN, UNKNOWN,  UNKNOWN,
                              UNKNOWN, UNKNOWN, "latest", UNKNOWN};

    if (key->knows == SIM_KNOWS_NOTHING) {
        if (s->mesh == SIM_MESH_ISTIO_AMBIENT)
            id.canonical_revision = UNKNOWN;
        return id;
    }
    id = s->services[key->service].versions[key->version].self;
    /* A waypoint knows the pod that it asks by its address. */
    if (s->mesh == SIM_MESH_ISTIO_AMBIENT)
        return as_peer(id);
    if (side == SIM_SIDE_DESTINATION)
        return id;
    if (key->knows == SIM_KNOWS_PEER)
        return as_peer(id);
    id.app = id.version = UNKNOWN;
    if (key->knows == SIM_KNOWS_ENDPOINT)
        id.principal = UNKNOWN;
    return id;
}

static struct sim_identity
source_identity(const struct sim_scenario *s, enum sim_side side, const struct sim_key *key)
{
    struct sim_identity id = s->clients[key->client_kind].self;

    /* Without an upstream connection the client's proxy has shown no
     * certificate, and names no principal of its own either. */
    if (key->knows == SIM_KNOWS_NOTHING)
        id.principal = UNKNOWN;
    return side == SIM_SIDE_DESTINATION ? as_peer(id) : id;
}

static void
put_label(struct text *out, const char *name, const char *value)
{
    if (out->n > 0)
        text_putc(out, ',');
    text_puts(out, name);
    text_puts(out, "=\"");
    sim_exposition_escape(out, value);
    text_putc(out, '"');
}

static void
put_source(struct text *out, const struct sim_identity *id)
{
    put_label(out, "source_workload", id->workload);
    put_label(out, "source_canonical_service", id->canonical_service);
    put_label(out, "source_canonical_revision", id->canonical_revision);
    put_label(out, "source_workload_namespace", id->name_space);
    put_label(out, "source_principal", id->principal);
    put_label(out, "source_app", id->app);
    put_label(out, "source_version", id->version);
    put_label(out, "source_cluster", id->cluster);
}

/* The source names the Kubernetes service it was routed to; the destination
 * guesses the first one of its inbound port. */
static void
put_destination(struct text *out, const struct sim_scenario *s, enum sim_side side,
                const struct sim_key *key)
{
    const struct sim_service *service = &s->services[key->service];
    struct sim_identity       id = sim_exposition_destination(s, side, key);
    const char               *host = service->name;
    char                      fqdn[2 * 256 + 32];

    if (side == SIM_SIDE_SOURCE && key->version != SIM_PROXY_NO_VERSION)
        host = service->versions[key->version].host;
    snprintf(fqdn, sizeof fqdn, "%s.%s.svc.cluster.local", host, service->name_space);
    put_label(out, "destination_workload", id.workload);
    put_label(out, "destination_workload_namespace", id.name_space);
    put_label(out, "destination_principal", id.principal);
    put_label(out, "destination_app", id.app);
    put_label(out, "destination_version", id.version);
    put_label(out, "destination_service", fqdn);
    put_label(out, "destination_canonical_service", id.canonical_service);
    put_label(out, "destination_canonical_revision", id.canonical_revision);
    put_label(out, "destination_service_name", host);
    put_label(out, "destination_service_namespace", service->name_space);
    put_label(out, "destination_cluster", id.cluster);
}

static void
put_labels(struct text *out, const struct sim_scenario *s, enum sim_side side,
           const struct sim_key *key)
{
    struct sim_identity source = source_identity(s, side, key);
    bool                at_source = side == SIM_SIDE_SOURCE;
    bool                waypoint = s->mesh == SIM_MESH_ISTIO_AMBIENT;
    char                flags[SIM_FLAGS_BYTES], code[16], grpc[16] = "";

    sim_outcome_flags_text(key->flags, flags);
    snprintf(code, sizeof code, "%u", key->code);
    if (key->grpc >= 0)
        snprintf(grpc, sizeof grpc, "%d", key->grpc);
    put_label(out, "reporter", waypoint ? "waypoint" : at_source ? "source" : "destination");
    put_source(out, &source);
    put_destination(out, s, side, key);
    put_label(out, "request_protocol", s->services[key->service].grpc ? "grpc" : "http");
    put_label(out, "response_code", code);
    put_label(out, "grpc_response_status", grpc);
    put_label(out, "response_flags", flags);
    put_label(out, "connection_security_policy", at_source ? UNKNOWN : "mutual_tls");
}

/* Give new cells their labels, and find those whose labels are the same:
 * versions that share all of them are one series, as in a real proxy. */
static void
label_cells(const struct sim_world *w, const struct sim_proxy *p)
{
    struct sim_incarnation *live = p->live;

    for (size_t i = 0; i < live->cells.n; i++) {
        struct sim_cell *c = live->cells.at[i];
        struct text      t;

        if (c->labels.n > 0)
            continue;
        text_init(&t, LABELS_MAX_BYTES);
        put_labels(&t, w->scenario, p->side, &c->key);
        c->labels = arena_slice(&live->arena, text_slice(&t));
        text_release(&t);
        while (!slice_equal(live->cells.at[c->lead]->labels, c->labels))
            c->lead++;
    }
}

/* What each leading cell shows, by its index; owned by the caller. */
static struct sim_counts *
merge_cells(const struct sim_incarnation *live)
{
    struct sim_counts *sum = heap_new(live->cells.n, sizeof *sum);

    for (size_t i = 0; i < live->cells.n; i++)
        sim_proxy_counts_add(&sum[live->cells.at[i]->lead], &live->cells.at[i]->shown);
    return sum;
}

static void
put_requests(struct text *out, const struct sim_incarnation *live, const struct sim_counts *sum)
{
    if (live->cells.n > 0)
        text_puts(out, "# TYPE istio_requests_total counter\n");
    for (size_t i = 0; i < live->cells.n; i++) {
        if (live->cells.at[i]->lead != i)
            continue;
        text_puts(out, "istio_requests_total{");
        text_put(out, live->cells.at[i]->labels);
        text_printf(out, "} %llu\n", (unsigned long long)sum[i].requests);
    }
    text_putc(out, '\n');
}

static void
put_bucket(struct text *out, const char *name, struct slice labels, const char *le, uint64_t n)
{
    text_puts(out, name);
    text_puts(out, "_bucket{");
    text_put(out, labels);
    text_puts(out, ",le=\"");
    text_puts(out, le);
    text_printf(out, "\"} %llu\n", (unsigned long long)n);
}

static void
put_histogram(struct text *out, const char *name, struct slice labels, const struct sim_bounds *b,
              const struct sim_histogram *h)
{
    uint64_t below = 0;

    for (size_t i = 0; i < b->n; i++) {
        below += h->bucket[i];
        put_bucket(out, name, labels, b->text[i], below);
    }
    put_bucket(out, name, labels, "+Inf", h->count);
    text_printf(out, "%s_sum{", name);
    text_put(out, labels);
    text_printf(out, "} %llu\n%s_count{", (unsigned long long)h->sum, name);
    text_put(out, labels);
    text_printf(out, "} %llu\n", (unsigned long long)h->count);
}

static void
put_histograms(struct text *out, const struct sim_proxy *p, const struct sim_counts *sum)
{
    static const char *const name[SIM_MEASURE_COUNT] = {
        [SIM_MEASURE_DURATION] = "istio_request_duration_milliseconds",
        [SIM_MEASURE_REQUEST_BYTES] = "istio_request_bytes",
        [SIM_MEASURE_RESPONSE_BYTES] = "istio_response_bytes"};
    const struct sim_incarnation *live = p->live;

    for (size_t m = 0; m < SIM_MEASURE_COUNT; m++) {
        bool begun = false;

        for (size_t i = 0; i < live->cells.n; i++) {
            /* Envoy prints a histogram from its first flush with a value on. */
            if (live->cells.at[i]->lead != i || sum[i].measure[m].count == 0)
                continue;
            if (!begun)
                text_printf(out, "# TYPE %s histogram\n", name[m]);
            begun = true;
            put_histogram(out, name[m], live->cells.at[i]->labels, p->bounds, &sum[i].measure[m]);
        }
        text_putc(out, '\n');
    }
}

/* One subset's cluster on a client's proxy. */
struct cluster {
    char     name[2 * 256 + 64]; /* escaped */
    uint64_t retries, retries_worked, overflows, by_code[600];
    size_t   members;
};

static void
gather_cluster(const struct sim_world *w, const struct sim_proxy *p, size_t service, size_t version,
               struct cluster *out)
{
    const struct sim_service     *s = &w->scenario->services[service];
    const struct sim_version     *v = &s->versions[version];
    const struct sim_incarnation *live = p->live;
    bool                          own_host = strcmp(v->host, s->name) != 0;

    *out = (struct cluster){.retries = live->retries[service][version],
                            .retries_worked = live->retries_worked[service][version],
                            .members = w->pods[service][version].n};
    if (w->scenario->mesh == SIM_MESH_ISTIO_AMBIENT)
        snprintf(out->name, sizeof out->name, "inbound-vip|%u|http%s%s|%s.%s.svc.cluster.local",
                 s->port, own_host ? "" : "/", own_host ? "" : v->name, v->host, s->name_space);
    else
        snprintf(out->name, sizeof out->name, "outbound|%u|%s|%s.%s.svc.cluster.local", s->port,
                 own_host ? "" : v->name, v->host, s->name_space);
    for (size_t i = 0; i < live->cells.n; i++) {
        const struct sim_cell *c = live->cells.at[i];

        if (c->key.service != service || c->key.version != version || c->key.code == 0)
            continue;
        out->by_code[c->key.code] += c->shown.requests;
        if (c->key.flags & SIM_FLAG(UO))
            out->overflows += c->shown.requests;
    }
}

/* Istio's tags: one name for the classes and for the codes. */
static void
put_codes(struct text *out, const struct cluster *c)
{
    for (size_t k = 1; k < 6; k++) {
        uint64_t sum = 0;

        for (size_t code = 100 * k; code < 100 * (k + 1); code++)
            sum += c->by_code[code];
        if (sum == 0)
            continue;
        text_printf(out, "envoy_cluster_upstream_rq{response_code_class=\"%zuxx\",cluster_name=\"",
                    k);
        sim_exposition_escape(out, c->name);
        text_printf(out, "\"} %llu\n", (unsigned long long)sum);
    }
    for (size_t code = 100; code < ARRAY_LEN(c->by_code); code++) {
        if (c->by_code[code] == 0)
            continue;
        text_printf(out, "envoy_cluster_upstream_rq{response_code=\"%zu\",cluster_name=\"", code);
        sim_exposition_escape(out, c->name);
        text_printf(out, "\"} %llu\n", (unsigned long long)c->by_code[code]);
    }
}

struct cluster_metric {
    const char *name, *type;
    uint64_t (*value)(const struct cluster *c); /* NULL: by code */
};

static uint64_t
cluster_retries(const struct cluster *c)
{
    return c->retries;
}

static uint64_t
cluster_retries_worked(const struct cluster *c)
{
    return c->retries_worked;
}

static uint64_t
cluster_overflows(const struct cluster *c)
{
    return c->overflows;
}

static uint64_t
cluster_zero(const struct cluster *c)
{
    (void)c;
    return 0;
}

static uint64_t
cluster_members(const struct cluster *c)
{
    return c->members;
}

static void
put_cluster(struct text *out, const struct cluster_metric *m, const struct cluster *c)
{
    if (!m->value) {
        put_codes(out, c);
        return;
    }
    text_printf(out, "%s{cluster_name=\"", m->name);
    sim_exposition_escape(out, c->name);
    text_printf(out, "\"} %llu\n", (unsigned long long)m->value(c));
}

/* Neither breakers nor outlier detection are simulated: those gauges rest. */
static void
put_clusters(struct text *out, const struct sim_world *w, const struct sim_proxy *p)
{
    static const struct cluster_metric metric[] = {
        {"envoy_cluster_upstream_rq_retry", "counter", cluster_retries},
        {"envoy_cluster_upstream_rq_retry_success", "counter", cluster_retries_worked},
        {"envoy_cluster_upstream_rq_pending_overflow", "counter", cluster_overflows},
        {"envoy_cluster_upstream_rq", "counter", NULL},
        {"envoy_cluster_circuit_breakers_default_rq_open", "gauge", cluster_zero},
        {"envoy_cluster_outlier_detection_ejections_active", "gauge", cluster_zero},
        {"envoy_cluster_membership_total", "gauge", cluster_members},
    };
    const struct sim_client *client = &w->scenario->clients[p->client_kind];
    struct cluster           c;

    for (size_t m = 0; m < ARRAY_LEN(metric); m++) {
        text_printf(out, "# TYPE %s %s\n", metric[m].name, metric[m].type);
        for (size_t s = 0; s < w->scenario->n_services; s++) {
            for (size_t v = 0; client->calls[s] && v < w->scenario->services[s].n_versions; v++) {
                gather_cluster(w, p, s, v, &c);
                put_cluster(out, &metric[m], &c);
            }
        }
    }
    text_putc(out, '\n');
}

/* ztunnel knows connections, not requests. */
static void
put_tcp(const struct sim_world *w, const struct sim_proxy *p, struct text *out)
{
    const struct sim_version *v = &w->scenario->services[p->service].versions[p->version];

    text_puts(out, "# TYPE istio_tcp_connections_opened_total counter\n"
                   "istio_tcp_connections_opened_total{");
    text_puts(out, "reporter=\"destination\",destination_workload=\"");
    sim_exposition_escape(out, v->self.workload);
    text_puts(out, "\",destination_version=\"");
    sim_exposition_escape(out, v->self.canonical_revision);
    text_puts(out, "\",response_flags=\"-\"} 7\n");
}

void
sim_exposition_write(const struct sim_world *w, struct sim_proxy *p, struct text *out)
{
    struct sim_counts *sum;

    if (w->scenario->mesh == SIM_MESH_ISTIO_AMBIENT && p->side == SIM_SIDE_DESTINATION) {
        put_tcp(w, p, out);
        return;
    }
    if (w->scenario->mesh != SIM_MESH_ISTIO && w->scenario->mesh != SIM_MESH_ISTIO_AMBIENT) {
        sim_mesh_write(w, p, out);
        return;
    }
    label_cells(w, p);
    sum = merge_cells(p->live);
    text_printf(out,
                "# HELP istio_agent_scrapes_total The total number of scrapes.\n"
                "# TYPE istio_agent_scrapes_total counter\n"
                "istio_agent_scrapes_total %llu\n",
                (unsigned long long)p->live->next_scrape);
    put_requests(out, p->live, sum);
    if (p->side == SIM_SIDE_SOURCE && w->scenario->cluster_stats)
        put_clusters(out, w, p);
    text_puts(out, "# TYPE istio_build gauge\nistio_build{component=\"proxy\",tag=\"");
    sim_exposition_escape(out, w->scenario->istio_version);
    text_puts(out, "\"} 1\n\n");
    put_histograms(out, p, sum);
    free(sum);
}
