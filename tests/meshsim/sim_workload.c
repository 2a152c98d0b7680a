#include "tests/meshsim/sim_workload.h"

#include "base/hash.h"
#include "tests/meshsim/sim_fields.h"

#define CLUSTER "Kubernetes" /* CLUSTER_ID of a proxy in a single-cluster mesh */

/* The labels of a pod that Istio reads, and the ones scrapes add. */
struct labels {
    const char *app, *version, *canonical_service, *canonical_revision, *pod_template_hash;
};

static enum status
read_labels(struct arena *a, const struct yaml_node *map, struct labels *out, struct err *err)
{
    static const struct sim_field fields[] = {
        {"app", SIM_FIELD_TEXT, offsetof(struct labels, app), false, 0, 0},
        {"version", SIM_FIELD_TEXT, offsetof(struct labels, version), false, 0, 0},
        {"canonical_service", SIM_FIELD_TEXT, offsetof(struct labels, canonical_service), false, 0,
         0},
        {"canonical_revision", SIM_FIELD_TEXT, offsetof(struct labels, canonical_revision), false,
         0, 0},
        {"pod_template_hash", SIM_FIELD_TEXT, offsetof(struct labels, pod_template_hash), false, 0,
         0},
    };

    return map ? sim_fields_read(a, map, fields, ARRAY_LEN(fields), out, err) : STATUS_OK;
}

/* Istio: the canonical labels, else app and version, else the workload and
 * "latest" (pkg/model/proxy.go, canonical service defaults). */
static struct sim_identity
identify(struct arena *a, const char *workload, const char *name_space, const char *account,
         const struct labels *l)
{
    struct sim_identity id = {.workload = workload,
                              .name_space = name_space,
                              .app = l->app,
                              .version = l->version,
                              .canonical_service = l->canonical_service,
                              .canonical_revision = l->canonical_revision,
                              .cluster = CLUSTER};

    id.principal = arena_printf(a, "spiffe://cluster.local/ns/%s/sa/%s", name_space, account);
    if (!id.canonical_service)
        id.canonical_service = *l->app ? l->app : workload;
    if (!id.canonical_revision)
        id.canonical_revision = *l->version ? l->version : "latest";
    return id;
}

/* Ten hex digits that look like a ReplicaSet's hash and are always the same. */
static const char *
made_up_hash(struct arena *a, const char *of)
{
    return arena_printf(a, "%010llx",
                        (unsigned long long)hash_stable(slice_of(of)) & 0xffffffffffULL);
}

enum status
sim_workload_bounds(const struct yaml_node *list, struct sim_bounds *out, struct err *err)
{
    enum status st = sim_fields_want(list, YAML_SEQUENCE, err);

    out->n = 0;
    for (size_t i = 0; !st && i < list->n; i++) {
        if (list->items[i]->kind != YAML_SCALAR ||
            (st = sim_bounds_push(out, list->items[i]->scalar)))
            return yaml_error(list->items[i], err, STATUS_RANGE,
                              "must be a rising finite number, at most %d of them", SIM_BOUNDS_MAX);
    }
    return st;
}

static enum status
read_changes(struct arena *a, const struct yaml_node *list, bool grpc, struct sim_version *v,
             struct err *err)
{
    static const struct sim_field at = {"at", SIM_FIELD_DURATION, 0, true, 0, 30.0 * 86400000};
    enum status                   st = sim_fields_want(list, YAML_SEQUENCE, err);
    struct sim_behaviour          b = v->behaviour;

    if (!st && list->n > SIM_SCENARIO_STEPS_MAX)
        return yaml_error(list, err, STATUS_LIMIT, "at most %d changes", SIM_SCENARIO_STEPS_MAX);
    v->changes = arena_array(a, list->n, sizeof *v->changes);
    for (size_t i = 0; !st && i < list->n; i++) {
        const struct yaml_node *when, *item = list->items[i];

        st = sim_fields_want(item, YAML_MAPPING, err);
        if (st)
            return st;
        when = yaml_get(item, "at");
        if (!when)
            return yaml_error(item, err, STATUS_SYNTAX, "needs the key \"at\"");
        st = sim_fields_scalar(a, when, &at, &v->changes[i].at_us, err);
        if (!st && i > 0 && v->changes[i].at_us < v->changes[i - 1].at_us)
            return yaml_error(when, err, STATUS_RANGE, "must not be before the one above it");
        if (!st)
            st = sim_behaviour_read(a, item, grpc, &b, err);
        v->changes[i].behaviour = b;
        v->n_changes = i + 1;
    }
    return st;
}

struct version_in {
    const char             *name, *workload, *host, *account;
    const struct yaml_node *labels, *behaviour, *changes, *bounds;
    uint32_t                pods;
};

static enum status
read_version(struct arena *a, const struct sim_scenario *s, const struct yaml_node *map,
             const struct sim_service *service, struct sim_version *out, struct err *err)
{
    static const struct sim_field fields[] = {
        {"name", SIM_FIELD_TEXT, offsetof(struct version_in, name), true, 0, 0},
        {"workload", SIM_FIELD_TEXT, offsetof(struct version_in, workload), false, 0, 0},
        {"host", SIM_FIELD_TEXT, offsetof(struct version_in, host), false, 0, 0},
        {"service_account", SIM_FIELD_TEXT, offsetof(struct version_in, account), false, 0, 0},
        {"labels", SIM_FIELD_NODE, offsetof(struct version_in, labels), false, 0, 0},
        {"pods", SIM_FIELD_COUNT, offsetof(struct version_in, pods), false, 0,
         SIM_SCENARIO_PODS_MAX},
        {"behaviour", SIM_FIELD_NODE, offsetof(struct version_in, behaviour), false, 0, 0},
        {"changes", SIM_FIELD_NODE, offsetof(struct version_in, changes), false, 0, 0},
        {"histogram_buckets", SIM_FIELD_NODE, offsetof(struct version_in, bounds), false, 0, 0},
    };
    struct version_in in = {.pods = 1, .host = service->name, .account = service->name};
    struct labels     l = {.app = service->name};
    enum status       st = sim_fields_read(a, map, fields, ARRAY_LEN(fields), &in, err);

    if (st)
        return st;
    l.version = in.name;
    st = read_labels(a, in.labels, &l, err);
    if (!in.workload)
        in.workload = arena_printf(a, "%s-%s", service->name, in.name);
    *out = (struct sim_version){.name = in.name, .host = in.host, .pods = in.pods};
    out->self = identify(a, in.workload, service->name_space, in.account, &l);
    out->hash_label = l.pod_template_hash ? l.pod_template_hash : "";
    out->pod_template_hash = *out->hash_label ? out->hash_label : made_up_hash(a, in.name);
    out->bounds = s->bounds;
    out->behaviour = sim_behaviour_default;
    if (!st && in.bounds)
        st = sim_workload_bounds(in.bounds, &out->bounds, err);
    if (!st && in.behaviour)
        st = sim_behaviour_read(a, in.behaviour, service->grpc, &out->behaviour, err);
    if (!st && in.changes)
        st = read_changes(a, in.changes, service->grpc, out, err);
    return st;
}

enum status
sim_workload_versions(struct arena *a, const struct sim_scenario *s, const struct yaml_node *list,
                      struct sim_service *service, struct err *err)
{
    enum status st = sim_fields_want(list, YAML_SEQUENCE, err);
    uint32_t    same;

    if (!st && (list->n == 0 || list->n > SIM_SCENARIO_VERSIONS_MAX))
        return yaml_error(list, err, STATUS_LIMIT, "needs 1 to %d versions",
                          SIM_SCENARIO_VERSIONS_MAX);
    service->versions = arena_array(a, list->n, sizeof *service->versions);
    for (size_t i = 0; !st && i < list->n; i++) {
        struct sim_version *v = &service->versions[i];

        st = read_version(a, s, list->items[i], service, v, err);
        if (!st && sim_scenario_version(service, slice_of(v->name), &same))
            return yaml_error(list->items[i], err, STATUS_CONFLICT, "a second version \"%s\"",
                              v->name);
        service->n_versions = i + 1;
    }
    return st;
}

struct client_in {
    const char             *name, *name_space, *account;
    const struct yaml_node *labels, *calls;
    uint32_t                proxies;
};

static enum status
read_calls(const struct sim_scenario *s, const struct yaml_node *list, struct sim_client *out,
           struct err *err)
{
    enum status st = sim_fields_want(list, YAML_SEQUENCE, err);
    uint32_t    service;

    for (size_t i = 0; !st && i < list->n; i++) {
        if (list->items[i]->kind != YAML_SCALAR ||
            !sim_scenario_service(s, list->items[i]->scalar, &service))
            return yaml_error(list->items[i], err, STATUS_NOT_FOUND, "must be a service's name");
        out->calls[service] = true;
    }
    return st;
}

enum status
sim_workload_client(struct arena *a, const struct sim_scenario *s, const struct yaml_node *map,
                    struct sim_client *out, struct err *err)
{
    static const struct sim_field fields[] = {
        {"name", SIM_FIELD_TEXT, offsetof(struct client_in, name), true, 0, 0},
        {"namespace", SIM_FIELD_TEXT, offsetof(struct client_in, name_space), false, 0, 0},
        {"service_account", SIM_FIELD_TEXT, offsetof(struct client_in, account), false, 0, 0},
        {"labels", SIM_FIELD_NODE, offsetof(struct client_in, labels), false, 0, 0},
        {"proxies", SIM_FIELD_COUNT, offsetof(struct client_in, proxies), false, 1,
         SIM_SCENARIO_PODS_MAX},
        {"calls", SIM_FIELD_NODE, offsetof(struct client_in, calls), false, 0, 0},
    };
    struct client_in in = {.name_space = "default", .proxies = 1};
    struct labels    l = {.version = ""};
    enum status      st = sim_fields_read(a, map, fields, ARRAY_LEN(fields), &in, err);

    if (st)
        return st;
    l.app = in.name;
    st = read_labels(a, in.labels, &l, err);
    *out = (struct sim_client){.name = in.name, .proxies = in.proxies};
    out->self = identify(a, in.name, in.name_space, in.account ? in.account : in.name, &l);
    out->pod_template_hash = l.pod_template_hash ? l.pod_template_hash : made_up_hash(a, in.name);
    if (!st && in.calls)
        return read_calls(s, in.calls, out, err);
    for (size_t i = 0; i < s->n_services; i++)
        out->calls[i] = true;
    return st;
}
