#include "tests/meshsim/sim_mesh.h"

#include "tests/meshsim/sim_exposition.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABELS_MAX_BYTES = 4096 };

/* What a label says. */
enum what {
    WHAT_TEXT,
    WHAT_SERVICE,
    WHAT_NAMESPACE,
    WHAT_HOST,     /* the Service that stands for the version */
    WHAT_WORKLOAD, /* the version's Deployment */
    WHAT_VERSION,
    WHAT_RULE,   /* Envoy Gateway's cluster: each version has a rule of its own */
    WHAT_CANARY, /* nginx: the backend of every version but the first */
    WHAT_CODE,   /* these are no part of a histogram's labels, from here on */
    WHAT_GRPC,
    WHAT_SAYS,
    WHAT_ERROR
};

static const struct {
    const char *text, *requests, *durations;
    double      le_ms;
} mesh_row[] = {
#define MESH(mesh, text, requests, durations, le_ms)                                               \
    [SIM_MESH_##mesh] = {text, requests, durations, le_ms},
#include "tests/meshsim/sim_mesh.def"
};

static const struct {
    enum sim_mesh mesh;
    enum sim_side side;
    const char   *name;
    enum what     what;
    const char   *text;
} label_row[] = {
#define LABEL(mesh, side, name, what, text)                                                        \
    {SIM_MESH_##mesh, SIM_SIDE_##side, name, WHAT_##what, text},
#include "tests/meshsim/sim_mesh.def"
};

enum status
sim_mesh_find(struct slice name, enum sim_mesh *out)
{
    for (size_t i = 0; i < ARRAY_LEN(mesh_row); i++)
        if (slice_is(name, mesh_row[i].text)) {
            *out = (enum sim_mesh)i;
            return STATUS_OK;
        }
    return STATUS_NOT_FOUND;
}

/* gRPC statuses that Linkerd calls failures. */
static bool
failed(const struct sim_key *k)
{
    static const int8_t status[] = {2, 4, 7, 13, 14, 15};

    for (size_t i = 0; i < ARRAY_LEN(status); i++)
        if (k->grpc == status[i])
            return true;
    return k->grpc < 0 && (k->code >= 500 || k->code == 0);
}

static const char *
error_of(const struct sim_key *k)
{
    if (k->flags & SIM_FLAG(UT))
        return "REQUEST_TIMEOUT";
    if (k->flags & (SIM_FLAG(UH) | SIM_FLAG(UO)))
        return "FAIL_FAST";
    return k->flags & SIM_FLAG(UC) ? "unexpected end of file" : "";
}

static void
write_value(const struct sim_world *w, const struct sim_key *k, enum what what, const char *text,
            char *out, size_t out_bytes)
{
    const struct sim_service *s = &w->scenario->services[k->service];
    bool                      known = k->version != SIM_PROXY_NO_VERSION;
    const struct sim_version *v = known ? &s->versions[k->version] : NULL;
    const char               *value = text;

    *out = '\0';
    switch (what) {
    case WHAT_TEXT:
        break;
    case WHAT_SERVICE:
        value = s->name;
        break;
    case WHAT_NAMESPACE:
        value = s->name_space;
        break;
    case WHAT_HOST:
        value = v ? v->host : s->name;
        break;
    case WHAT_WORKLOAD:
        value = v ? v->self.workload : "";
        break;
    case WHAT_VERSION:
        value = v ? v->name : "";
        break;
    case WHAT_RULE:
        snprintf(out, out_bytes, "httproute/%s/%s/rule/%u", s->name_space, s->name,
                 known ? k->version : 0u);
        return;
    case WHAT_CANARY:
        if (known && k->version > 0)
            snprintf(out, out_bytes, "%s-%s-%s-%u", s->name_space, s->name, v->name, s->port);
        return;
    case WHAT_CODE:
        if (k->code > 0)
            snprintf(out, out_bytes, "%u", k->code);
        else if (w->scenario->mesh == SIM_MESH_NGINX)
            snprintf(out, out_bytes, "499");
        return;
    case WHAT_GRPC:
        if (k->grpc >= 0)
            snprintf(out, out_bytes, "%d", k->grpc);
        return;
    case WHAT_SAYS:
        value = failed(k) ? "failure" : "success";
        break;
    case WHAT_ERROR:
        value = error_of(k);
        break;
    }
    snprintf(out, out_bytes, "%s", value);
}

/* The labels of a cell, without those that are empty. */
static struct slice
labels_of(struct arena *a, const struct sim_world *w, enum sim_side side, const struct sim_key *k,
          bool histogram)
{
    struct text  t;
    struct slice kept;

    text_init(&t, LABELS_MAX_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(label_row); i++) {
        char value[512];

        if (label_row[i].mesh != w->scenario->mesh || label_row[i].side != side ||
            (histogram && label_row[i].what >= WHAT_CODE))
            continue;
        write_value(w, k, label_row[i].what, label_row[i].text, value, sizeof value);
        if (!*value)
            continue;
        text_printf(&t, "%s%s=\"", t.n ? "," : "", label_row[i].name);
        sim_exposition_escape(&t, value);
        text_putc(&t, '"');
    }
    kept = arena_slice(a, text_slice(&t));
    text_release(&t);
    return kept;
}

static void
put_durations(struct text *out, const struct sim_proxy *p, double le_ms, const char *name,
              struct slice labels, const struct sim_histogram *h)
{
    uint64_t below = 0;

    for (size_t i = 0; i <= p->bounds->n; i++) {
        below += h->bucket[i];
        text_printf(out, "%s_bucket{%.*s,le=\"", name, SLICE_ARG(labels));
        if (i == p->bounds->n)
            text_puts(out, "+Inf");
        else if (le_ms > 1)
            text_double(out, p->bounds->le[i] / le_ms);
        else
            text_puts(out, p->bounds->text[i]);
        text_printf(out, "\"} %llu\n", (unsigned long long)below);
    }
    text_printf(out, "%s_sum{%.*s} ", name, SLICE_ARG(labels));
    text_double(out, (double)h->sum / le_ms);
    text_printf(out, "\n%s_count{%.*s} %llu\n", name, SLICE_ARG(labels),
                (unsigned long long)h->count);
}

/* Who counts a request that ended without a status: its caller went away. */
static bool
counts(enum sim_mesh mesh, enum sim_side side, const struct sim_key *k)
{
    if (k->code > 0 || mesh == SIM_MESH_NGINX)
        return true;
    return mesh == SIM_MESH_LINKERD && side == SIM_SIDE_DESTINATION;
}

/* Cells whose labels are the same are one series. */
static void
put_metric(struct text *out, const struct sim_world *w, const struct sim_proxy *p, bool histogram)
{
    enum sim_mesh                 mesh = w->scenario->mesh;
    const struct sim_incarnation *live = p->live;
    const char   *name = histogram ? mesh_row[mesh].durations : mesh_row[mesh].requests;
    struct arena  a = {0};
    struct slice *labels = arena_array(&a, live->cells.n ? live->cells.n : 1, sizeof *labels);
    bool          begun = false;

    for (size_t i = 0; i < live->cells.n; i++)
        if (counts(mesh, p->side, &live->cells.at[i]->key))
            labels[i] = labels_of(&a, w, p->side, &live->cells.at[i]->key, histogram);
    for (size_t i = 0; i < live->cells.n; i++) {
        struct sim_counts sum = {0};
        size_t            lead = 0;

        while (!slice_equal(labels[lead], labels[i]))
            lead++;
        if (labels[i].n == 0 || lead < i)
            continue;
        for (size_t k = i; k < live->cells.n; k++)
            if (slice_equal(labels[k], labels[i]))
                sim_proxy_counts_add(&sum, &live->cells.at[k]->shown);
        if (!begun)
            text_printf(out, "# TYPE %s %s\n", name, histogram ? "histogram" : "counter");
        begun = true;
        if (!histogram)
            text_printf(out, "%s{%.*s} %llu\n", name, SLICE_ARG(labels[i]),
                        (unsigned long long)sum.requests);
        else if (sum.measure[SIM_MEASURE_DURATION].count > 0)
            put_durations(out, p, mesh_row[mesh].le_ms, name, labels[i],
                          &sum.measure[SIM_MEASURE_DURATION]);
    }
    arena_release(&a);
}

void
sim_mesh_write(const struct sim_world *w, const struct sim_proxy *p, struct text *out)
{
    text_puts(out, "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1\n");
    put_metric(out, w, p, false);
    put_metric(out, w, p, true);
}
