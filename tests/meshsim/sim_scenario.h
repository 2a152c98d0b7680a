/* sim_scenario.h - the mesh and its story, as a scenario file tells them.
 *
 * README.md beside this file describes every key.  Read-only after reading. */
#ifndef MESHSIM_SIM_SCENARIO_H
#define MESHSIM_SIM_SCENARIO_H

#include "base/yaml.h"
#include "tests/meshsim/sim_behaviour.h"
#include "tests/meshsim/sim_bounds.h"

enum {
    SIM_SCENARIO_SERVICES_MAX = 16,
    SIM_SCENARIO_VERSIONS_MAX = 8,
    SIM_SCENARIO_CLIENTS_MAX = 16,
    SIM_SCENARIO_PODS_MAX = 256,     /* of one version or client */
    SIM_SCENARIO_PROXIES_MAX = 1024, /* of all at the start */
    SIM_SCENARIO_STEPS_MAX = 256,    /* of one schedule */
    SIM_SCENARIO_IN_FLIGHT_MAX = 1000000
};

enum sim_mesh {
#define MESH(mesh, text, requests, durations, le_ms) SIM_MESH_##mesh,
#include "tests/meshsim/sim_mesh.def"
};

/* A workload as Istio's labels name it.  Empty: the pod has no such label. */
struct sim_identity {
    const char *workload, *name_space, *principal, *app, *version;
    const char *canonical_service, *canonical_revision, *cluster;
};

/* A schedule: the value from `at_us` of simulated time on. */
struct sim_step {
    int64_t  at_us;
    double   value;
    uint32_t version; /* of a weight */
};

struct sim_behaviour_step {
    int64_t              at_us;
    struct sim_behaviour behaviour; /* complete: what was before, with the change laid over */
};

struct sim_version {
    const char                *name;
    const char                *host; /* short name of the Kubernetes service clients address */
    struct sim_identity        self;
    const char                *pod_template_hash; /* of the pods' names, and of their labels: */
    const char                *hash_label;        /* "" for none */
    uint32_t                   pods;
    struct sim_bounds          bounds;
    struct sim_behaviour       behaviour; /* at the start */
    struct sim_behaviour_step *changes;
    size_t                     n_changes;
};

/* What clients' proxies do to a service's requests. */
struct sim_faults {
    double   abort_share, delay_share, mirror_share;
    uint32_t abort_code;
    int64_t  delay_us;
    uint32_t mirror_version;
};

enum sim_retry_bit {
    SIM_RETRY_CONNECT_FAILURE = 1,
    SIM_RETRY_RESET = 2,
    SIM_RETRY_5XX = 4,
    SIM_RETRY_GATEWAY_ERROR = 8
};

struct sim_service {
    const char         *name, *name_space;
    uint32_t            port;
    bool                grpc;
    int64_t             timeout_us; /* of the route, retries included */
    uint32_t            retries;    /* attempts after the first */
    unsigned            retry_on;   /* enum sim_retry_bit */
    struct sim_faults   faults;
    struct sim_version *versions; /* the first takes what the weights leave */
    size_t              n_versions;
    struct sim_step    *rates, *weights;
    size_t              n_rates, n_weights;
};

struct sim_client {
    const char         *name;
    struct sim_identity self;
    const char         *pod_template_hash;
    uint32_t            proxies;
    bool                calls[SIM_SCENARIO_SERVICES_MAX];
};

struct sim_restart {
    int64_t     at_us, every_us, down_us; /* every 0: once */
    const char *pod;                      /* a pod's name, or "" */
    uint32_t    service, version;         /* where pod is "": each time another pod of these */
    bool        new_pod;                  /* a new pod on a new port takes its place */
};

struct sim_scenario {
    const char         *file;
    const char         *istio_version;
    enum sim_mesh       mesh;
    int64_t             histogram_flush_us; /* 0: histograms are exposed at once */
    bool                exclusive_bounds;
    bool                cluster_stats; /* envoy_cluster_* on the clients' proxies */
    struct sim_bounds   bounds;        /* of the clients' proxies, and of versions without own */
    struct sim_service *services;
    struct sim_client  *clients;
    struct sim_restart *restarts;
    size_t              n_services, n_clients, n_restarts;
};

/* Everything lives in the arena.  Errors name file:line:column: path. */
enum status sim_scenario_read(struct arena *a, const struct yaml_node *root,
                              struct sim_scenario **out, struct err *err) MUST_CHECK;
enum status sim_scenario_read_file(struct arena *a, const char *file, struct sim_scenario **out,
                                   struct err *err) MUST_CHECK;

/* Indices by name; false: there is none. */
bool sim_scenario_service(const struct sim_scenario *s, struct slice name, uint32_t *out);
bool sim_scenario_version(const struct sim_service *s, struct slice name, uint32_t *out);

#endif
