#include "tests/replay/play_mesh.h"

#include <stdio.h>
#include <stdlib.h>

const char *const play_mesh_le[PLAY_MESH_BOUNDS] = {
    "0.5",  "1",    "5",     "10",    "25",    "50",     "100",    "250",     "500",     "1000",
    "2500", "5000", "10000", "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf"};

/* What the caller's proxy knows of the server. */
enum sees { SEES_ALL, SEES_ENDPOINT, SEES_NOTHING };

/* How a response flag shows on both sides.  Source: Envoy's contrib/istio
 * filters: without a response the client's proxy knows the host's metadata but
 * not what the peer would have sent; without a host it knows nothing. */
static const struct {
    const char *flag;
    enum sees   client;
    const char *server_code, *server_flags; /* NULL: never came there */
} shows[] = {
    {"UT", SEES_ENDPOINT, "0", "DC"},  {"UC", SEES_ENDPOINT, NULL, NULL},
    {"UF", SEES_ENDPOINT, NULL, NULL}, {"UO", SEES_ENDPOINT, NULL, NULL},
    {"UH", SEES_NOTHING, NULL, NULL},  {"NR", SEES_NOTHING, NULL, NULL},
    {"NC", SEES_NOTHING, NULL, NULL},  {"FI", SEES_NOTHING, NULL, NULL},
    {"RL", SEES_NOTHING, NULL, NULL},
};

void
play_mesh_init(struct play_mesh *m)
{
    *m = (struct play_mesh){0};
}

void
play_mesh_release(struct play_mesh *m)
{
    play_series_release(&m->db);
    arena_release(&m->arena);
}

struct play_mesh_target *
play_mesh_find(struct play_mesh *m, struct slice name)
{
    for (size_t i = 0; i < m->n_targets; i++)
        if (slice_is(name, m->targets[i]->name))
            return m->targets[i];
    return NULL;
}

enum status
play_mesh_add(struct play_mesh *m, struct slice name, struct play_mesh_target **out,
              struct err *err)
{
    struct play_mesh_target *t;

    if (play_mesh_find(m, name))
        return err_set(err, STATUS_CONFLICT, "%.*s is there already", SLICE_ARG(name));
    if (m->n_targets == PLAY_MESH_TARGETS || name.n >= sizeof t->name)
        return err_set(err, STATUS_LIMIT, "too many targets, or too long a name");
    t = arena_new(&m->arena, struct play_mesh_target);
    snprintf(t->name, sizeof t->name, "%.*s", SLICE_ARG(name));
    snprintf(t->instance, sizeof t->instance, "%s:15020", t->name);
    t->arm = ARM_BASELINE;
    m->targets[m->n_targets++] = t;
    *out = t;
    return STATUS_OK;
}

static void
put(struct play_mesh *m, struct play_labels *l, const char *name, const char *value)
{
    (void)play_series_set(l, slice_of(name), arena_slice(&m->arena, slice_of(value)));
}

static void
put_destination(struct play_mesh *m, struct play_labels *l, const struct play_mesh_flow *f,
                bool at_source, enum sees sees)
{
    const struct play_mesh_target *pod = f->pod;
    const char                    *host = *pod->host ? pod->host : m->service;
    bool                           no_host = sees == SEES_NOTHING;
    char                           fqdn[512];

    snprintf(fqdn, sizeof fqdn, "%s.%s.svc.cluster.local", host, m->ns);
    put(m, l, "destination_service", fqdn);
    put(m, l, "destination_service_name", host);
    put(m, l, "destination_service_namespace", m->ns);
    put(m, l, "destination_workload", no_host ? "unknown" : pod->workload);
    put(m, l, "destination_workload_namespace", no_host ? "unknown" : m->ns);
    put(m, l, "destination_canonical_service", no_host ? "unknown" : m->service);
    put(m, l, "destination_canonical_revision",
        no_host || !*pod->revision ? "latest" : pod->revision);
    /* A pod without the label says "" of itself; its peer says "unknown". */
    put(m, l, "destination_version",
        sees != SEES_ALL || (at_source && !*pod->version) ? "unknown" : pod->version);
    put(m, l, "destination_cluster",
        no_host         ? "unknown"
        : *pod->cluster ? pod->cluster
                        : "Kubernetes");
}

static struct play_labels
labels_of(struct play_mesh *m, const struct play_mesh_flow *f, bool at_source, enum sees sees,
          const char *code, const char *flags)
{
    const struct play_mesh_target *reporter = at_source ? f->client : f->pod;
    struct play_labels             l = {0};

    put(m, &l, "__name__", "istio_requests_total");
    put(m, &l, "reporter", at_source ? "source" : "destination");
    put_destination(m, &l, f, at_source, sees);
    put(m, &l, "source_workload", f->client->name);
    put(m, &l, "request_protocol", *f->grpc ? "grpc" : "http");
    put(m, &l, "response_code", code);
    put(m, &l, "grpc_response_status", f->grpc);
    put(m, &l, "response_flags", flags);
    put(m, &l, "connection_security_policy", at_source ? "unknown" : "mutual_tls");
    put(m, &l, "instance", reporter->instance);
    put(m, &l, "pod", reporter->name);
    put(m, &l, "rollouts_pod_template_hash", reporter->hash);
    return l;
}

static struct play_mesh_truth *
truth_of(struct play_mesh *m, uint8_t view, int8_t arm, const char *code, const char *flags)
{
    struct play_mesh_truth *t;

    for (t = m->truth; t; t = t->next)
        if (t->view == view && t->arm == arm && !strcmp(t->code, code) && !strcmp(t->flags, flags))
            return t;
    t = arena_new(&m->arena, struct play_mesh_truth);
    *t = (struct play_mesh_truth){.next = m->truth, .view = view, .arm = arm};
    snprintf(t->code, sizeof t->code, "%s", code);
    snprintf(t->flags, sizeof t->flags, "%s", flags);
    m->truth = t;
    return t;
}

static struct play_mesh_cell *
cell_of(struct play_mesh *m, struct play_mesh_target *t, const struct play_labels *l)
{
    struct play_mesh_cell *c;

    for (c = t->cells; c; c = c->next)
        if (play_series_same(&c->labels, l))
            return c;
    c = arena_new(&m->arena, struct play_mesh_cell);
    c->labels = *l;
    c->next = t->cells;
    t->cells = c;
    return c;
}

static size_t
bound_of(int64_t latency_ms)
{
    size_t i = 0;

    while (i + 1 < PLAY_MESH_BOUNDS && strtod(play_mesh_le[i], NULL) < (double)latency_ms)
        i++;
    return i;
}

static void
count(struct play_mesh *m, const struct play_mesh_flow *f, bool at_source, enum sees sees,
      const char *code, const char *flags, uint64_t n)
{
    struct play_labels     l = labels_of(m, f, at_source, sees, code, flags);
    struct play_mesh_cell *c = cell_of(m, at_source ? f->client : f->pod, &l);
    /* Who called nobody in particular is in no arm. */
    int8_t arm = sees == SEES_NOTHING ? -1 : f->pod->arm;

    c->truth = truth_of(m, at_source ? VIEW_USER : VIEW_ATTEMPT, arm, code, flags);
    c->requests += n;
    c->bucket[bound_of(f->latency_ms)] += n;
    c->truth->n += n;
}

void
play_mesh_book(struct play_mesh *m, const struct play_mesh_flow *f, uint64_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(shows); i++) {
        if (strcmp(shows[i].flag, f->flags) != 0)
            continue;
        if (!f->unseen)
            count(m, f, true, shows[i].client, f->code, f->flags, n);
        if (shows[i].server_code)
            count(m, f, false, SEES_ALL, shows[i].server_code, shows[i].server_flags, n);
        return;
    }
    if (!f->unseen)
        count(m, f, true, SEES_ALL, f->code, f->flags, n);
    if (!f->pod->bare)
        count(m, f, false, SEES_ALL, f->code, f->flags, n);
}

void
play_mesh_settle(struct play_mesh *m, int64_t now_ms)
{
    for (size_t i = 0; i < m->flows.n; i++) {
        struct play_mesh_flow *f = &m->flows.at[i];
        uint64_t               due = f->per_1000s * (uint64_t)(now_ms - f->since_ms) / 1000000;

        if (due == f->booked || f->pod->gone || f->client->gone)
            continue;
        play_mesh_book(m, f, due - f->booked);
        f->booked = due;
    }
}

static bool
same_flow(const struct play_mesh_flow *a, const struct play_mesh_flow *b)
{
    return a->client == b->client && a->pod == b->pod && a->latency_ms == b->latency_ms &&
           a->unseen == b->unseen && !strcmp(a->code, b->code) && !strcmp(a->flags, b->flags) &&
           !strcmp(a->grpc, b->grpc);
}

void
play_mesh_flow(struct play_mesh *m, const struct play_mesh_flow *f)
{
    for (size_t i = 0; i < m->flows.n; i++)
        if (same_flow(&m->flows.at[i], f)) {
            m->flows.at[i] = *f;
            return;
        }
    VEC_PUSH(&m->arena, &m->flows, *f);
}

void
play_mesh_forget_counters(struct play_mesh_target *t)
{
    for (struct play_mesh_cell *c = t->cells; c; c = c->next)
        c->truth->lost += c->requests - c->scraped;
    t->cells = NULL;
}

void
play_mesh_zero_truth(struct play_mesh *m)
{
    for (struct play_mesh_truth *t = m->truth; t; t = t->next)
        t->n = t->lost = 0;
}
