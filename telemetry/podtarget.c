#include "telemetry/podtarget.h"

static struct slice
text_at(const json_t *obj, const char *key)
{
    return json_slice(json_object_get(obj, key));
}

/* Pods that end are scraped until they are gone: their last requests count. */
static bool
runs(const json_t *status)
{
    return slice_is(text_at(status, "phase"), "Running") && text_at(status, "podIP").n > 0;
}

static struct slice
address_of(struct arena *a, const struct kubernetes_config *c, struct slice ip, struct slice port)
{
    const bool six = memchr(ip.p, ':', ip.n) != NULL;

    if (!port.n)
        port = slice_of(arena_printf(a, "%u", c->port ? c->port : 15020U));
    return slice_of(arena_printf(a, "%s%.*s%s:%.*s", six ? "[" : "", SLICE_ARG(ip), six ? "]" : "",
                                 SLICE_ARG(port)));
}

static void
put_target(struct arena *a, const struct kubernetes_config *c, const json_t *metadata,
           struct slice ip, struct podtarget *out)
{
    const json_t      *said = c->annotations ? json_object_get(metadata, "annotations") : NULL;
    const json_t      *of_pod = json_object_get(metadata, "labels");
    struct slice       path = text_at(said, "prometheus.io/path");
    struct slice       scheme = text_at(said, "prometheus.io/scheme");
    struct tsdb_label *l = arena_array(a, c->n_labels + 4, sizeof *l);
    size_t             n = 0;

    if (!path.n)
        path = slice_of(c->path ? c->path : "/stats/prometheus");
    if (!scheme.n)
        scheme = slice_of(c->scheme ? c->scheme : "http");
    l[n++] = (struct tsdb_label){SLICE_LITERAL("__metrics_path__"), path};
    l[n++] = (struct tsdb_label){SLICE_LITERAL("__scheme__"), scheme};
    l[n++] = (struct tsdb_label){SLICE_LITERAL("namespace"), out->namespace};
    l[n++] = (struct tsdb_label){SLICE_LITERAL("pod"), out->name};
    for (size_t i = 0; i < c->n_labels; i++)
        l[n++] = (struct tsdb_label){slice_of(c->labels[i].name),
                                     text_at(of_pod, c->labels[i].pod_label)};
    out->target = (struct targetsink_target){
        .address = address_of(a, c, ip, text_at(said, "prometheus.io/port")),
        .labels = l,
        .n_labels = n};
}

enum status
podtarget_read(struct arena *a, const struct kubernetes_config *c, const json_t *pod,
               struct podtarget *out, struct err *err)
{
    const json_t *metadata = json_object_get(pod, "metadata");
    const json_t *status = json_object_get(pod, "status");

    *out = (struct podtarget){.name = text_at(metadata, "name"),
                              .namespace = text_at(metadata, "namespace"),
                              .resource_version = text_at(metadata, "resourceVersion")};
    if (!out->name.n || !out->namespace.n)
        return err_set(err, STATUS_MALFORMED, "a pod without name or namespace");
    out->scrapable = runs(status) &&
                     (!c->annotations || slice_is(text_at(json_object_get(metadata, "annotations"),
                                                          "prometheus.io/scrape"),
                                                  "true"));
    if (out->scrapable)
        put_target(a, c, metadata, text_at(status, "podIP"), out);
    return STATUS_OK;
}
