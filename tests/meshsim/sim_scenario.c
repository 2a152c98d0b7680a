#include "tests/meshsim/sim_scenario.h"

#include "tests/meshsim/sim_fields.h"
#include "tests/meshsim/sim_mesh.h"
#include "tests/meshsim/sim_service.h"
#include "tests/meshsim/sim_workload.h"

bool
sim_scenario_service(const struct sim_scenario *s, struct slice name, uint32_t *out)
{
    for (*out = 0; *out < s->n_services; ++*out) {
        if (slice_is(name, s->services[*out].name))
            return true;
    }
    return false;
}

bool
sim_scenario_version(const struct sim_service *s, struct slice name, uint32_t *out)
{
    for (*out = 0; *out < s->n_versions; ++*out) {
        if (slice_is(name, s->versions[*out].name))
            return true;
    }
    return false;
}

struct restart_in {
    struct sim_restart r;
    const char        *service, *version;
};

static enum status
read_restart(struct arena *a, const struct sim_scenario *s, const struct yaml_node *map,
             struct sim_restart *out, struct err *err)
{
    static const struct sim_field fields[] = {
        {"at", SIM_FIELD_DURATION, offsetof(struct restart_in, r.at_us), true, 0, 30.0 * 86400000},
        {"every", SIM_FIELD_DURATION, offsetof(struct restart_in, r.every_us), false, 100,
         86400000},
        {"down", SIM_FIELD_DURATION, offsetof(struct restart_in, r.down_us), false, 0, 86400000},
        {"new_pod", SIM_FIELD_BOOL, offsetof(struct restart_in, r.new_pod), false, 0, 0},
        {"pod", SIM_FIELD_TEXT, offsetof(struct restart_in, r.pod), false, 0, 0},
        {"service", SIM_FIELD_TEXT, offsetof(struct restart_in, service), false, 0, 0},
        {"version", SIM_FIELD_TEXT, offsetof(struct restart_in, version), false, 0, 0},
    };
    struct restart_in in = {.r = {.pod = ""}, .service = "", .version = ""};
    enum status       st = sim_fields_read(a, map, fields, ARRAY_LEN(fields), &in, err);

    if (st)
        return st;
    if ((*in.r.pod != 0) == (*in.version != 0))
        return yaml_error(map, err, STATUS_SYNTAX, "needs either pod, or service and version");
    if (!*in.r.pod &&
        (!sim_scenario_service(s, slice_of(in.service), &in.r.service) ||
         !sim_scenario_version(&s->services[in.r.service], slice_of(in.version), &in.r.version)))
        return yaml_error(map, err, STATUS_NOT_FOUND, "no such service and version");
    *out = in.r;
    return STATUS_OK;
}

struct root_in {
    struct sim_scenario     s;
    const char             *mesh;
    const struct yaml_node *services, *clients, *restarts, *bounds;
};

static enum status
want_list(const struct yaml_node *list, size_t max, struct err *err)
{
    enum status st = sim_fields_want(list, YAML_SEQUENCE, err);

    if (!st && (list->n == 0 || list->n > max))
        return yaml_error(list, err, STATUS_LIMIT, "must have 1 to %d entries", (int)max);
    return st;
}

static enum status
read_lists(struct arena *a, const struct root_in *in, struct sim_scenario *s, struct err *err)
{
    enum status st = want_list(in->services, SIM_SCENARIO_SERVICES_MAX, err);
    uint32_t    same;

    for (size_t i = 0; !st && i < in->services->n; i++) {
        st = sim_service_read(a, s, in->services->items[i], &s->services[i], err);
        if (!st && sim_scenario_service(s, slice_of(s->services[i].name), &same))
            return yaml_error(in->services->items[i], err, STATUS_CONFLICT,
                              "a second service \"%s\"", s->services[i].name);
        s->n_services = i + 1;
    }
    if (!st)
        st = want_list(in->clients, SIM_SCENARIO_CLIENTS_MAX, err);
    for (size_t i = 0; !st && i < in->clients->n; i++) {
        st = sim_workload_client(a, s, in->clients->items[i], &s->clients[i], err);
        s->n_clients = i + 1;
    }
    if (!st && in->restarts)
        st = want_list(in->restarts, SIM_SCENARIO_STEPS_MAX, err);
    for (size_t i = 0; !st && in->restarts && i < in->restarts->n; i++) {
        st = read_restart(a, s, in->restarts->items[i], &s->restarts[i], err);
        s->n_restarts = i + 1;
    }
    return st;
}

/* A name of a pod is its workload, its hash and a number. */
struct pod_names {
    const char *workload, *hash;
};

static enum status
check_pods(const struct sim_scenario *s, const struct yaml_node *root, struct err *err)
{
    struct pod_names
           seen[SIM_SCENARIO_SERVICES_MAX * SIM_SCENARIO_VERSIONS_MAX + SIM_SCENARIO_CLIENTS_MAX];
    size_t n = 0, proxies = 0;

    for (size_t i = 0; i < s->n_services; i++) {
        for (size_t v = 0; v < s->services[i].n_versions; v++) {
            const struct sim_version *version = &s->services[i].versions[v];

            seen[n++] = (struct pod_names){version->self.workload, version->pod_template_hash};
            proxies += version->pods;
        }
    }
    for (size_t i = 0; i < s->n_clients; i++) {
        seen[n++] =
            (struct pod_names){s->clients[i].self.workload, s->clients[i].pod_template_hash};
        proxies += s->clients[i].proxies;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(seen[i].workload, seen[k].workload) == 0 &&
                strcmp(seen[i].hash, seen[k].hash) == 0)
                return yaml_error(root, err, STATUS_CONFLICT,
                                  "two workloads \"%s\" with one pod_template_hash: pods would "
                                  "have the same names",
                                  seen[i].workload);
        }
    }
    if (proxies > SIM_SCENARIO_PROXIES_MAX)
        return yaml_error(root, err, STATUS_LIMIT, "%zu pods and proxies, at most %d", proxies,
                          SIM_SCENARIO_PROXIES_MAX);
    return STATUS_OK;
}

enum status
sim_scenario_read(struct arena *a, const struct yaml_node *root, struct sim_scenario **out,
                  struct err *err)
{
    static const struct sim_field fields[] = {
        {"istio_version", SIM_FIELD_TEXT, offsetof(struct root_in, s.istio_version), false, 0, 0},
        {"mesh", SIM_FIELD_TEXT, offsetof(struct root_in, mesh), false, 0, 0},
        {"histogram_flush", SIM_FIELD_DURATION, offsetof(struct root_in, s.histogram_flush_us),
         false, 0, 60000},
        {"exclusive_bounds", SIM_FIELD_BOOL, offsetof(struct root_in, s.exclusive_bounds), false, 0,
         0},
        {"cluster_stats", SIM_FIELD_BOOL, offsetof(struct root_in, s.cluster_stats), false, 0, 0},
        {"histogram_buckets", SIM_FIELD_NODE, offsetof(struct root_in, bounds), false, 0, 0},
        {"services", SIM_FIELD_NODE, offsetof(struct root_in, services), true, 0, 0},
        {"clients", SIM_FIELD_NODE, offsetof(struct root_in, clients), true, 0, 0},
        {"restarts", SIM_FIELD_NODE, offsetof(struct root_in, restarts), false, 0, 0},
    };
    struct root_in in = {
        .mesh = "istio",
        .s = {.istio_version = "1.28.3", .cluster_stats = true, .bounds = sim_bounds_istio}};
    enum status st = sim_fields_read(a, root, fields, ARRAY_LEN(fields), &in, err);

    if (!st && sim_mesh_find(slice_of(in.mesh), &in.s.mesh))
        return yaml_error(root, err, STATUS_NOT_FOUND, "there is no mesh \"%s\"", in.mesh);
    if (!st && in.bounds)
        st = sim_workload_bounds(in.bounds, &in.s.bounds, err);
    if (st)
        return st;
    in.s.file = root->file;
    in.s.services = arena_array(a, SIM_SCENARIO_SERVICES_MAX, sizeof *in.s.services);
    in.s.clients = arena_array(a, SIM_SCENARIO_CLIENTS_MAX, sizeof *in.s.clients);
    in.s.restarts = arena_array(a, SIM_SCENARIO_STEPS_MAX, sizeof *in.s.restarts);
    *out = arena_new(a, struct sim_scenario);
    st = read_lists(a, &in, &in.s, err);
    **out = in.s;
    return st ? st : check_pods(*out, root, err);
}

enum status
sim_scenario_read_file(struct arena *a, const char *file, struct sim_scenario **out,
                       struct err *err)
{
    struct yaml_node *root;
    enum status       st = yaml_read_file(a, file, &root, err);

    return st ? st : sim_scenario_read(a, root, out, err);
}
