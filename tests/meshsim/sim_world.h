/* sim_world.h - the running mesh: proxies, weights, behaviours, and its time.
 *
 * One thread.  The same scenario, seed and calls at the same simulated times
 * give the same counts, however the time between is cut into steps. */
#ifndef MESHSIM_SIM_WORLD_H
#define MESHSIM_SIM_WORLD_H

#include "tests/meshsim/sim_agenda.h"
#include "tests/meshsim/sim_proxy.h"

enum { SIM_WORLD_PROXIES_MAX = 4096 }; /* that ever lived */

/* What can change of a service while it runs. */
struct sim_service_now {
    struct sim_chance    arrivals, fates;
    double               requests_per_second;
    uint64_t             arrival_token; /* arrivals scheduled under an older one are void */
    double               percent[SIM_SCENARIO_VERSIONS_MAX]; /* [0] is what the others leave */
    struct sim_behaviour behaviour[SIM_SCENARIO_VERSIONS_MAX];
    struct sim_faults    faults;
    uint32_t             pods_made[SIM_SCENARIO_VERSIONS_MAX];
    uint32_t             next_restart[SIM_SCENARIO_VERSIONS_MAX];
    uint64_t             unsent; /* arrivals that found no client's proxy up */
};

/* Indices of proxies that are up. */
struct sim_roster {
    int32_t *at;
    uint32_t n;
};

struct sim_world {
    struct arena               arena, roster_arena;
    const struct sim_scenario *scenario;
    uint64_t                   seed;
    int64_t                    now_us;
    struct sim_agenda          agenda;
    VEC(struct sim_proxy *) proxies;
    struct sim_service_now services[SIM_SCENARIO_SERVICES_MAX];
    struct sim_roster      pods[SIM_SCENARIO_SERVICES_MAX][SIM_SCENARIO_VERSIONS_MAX];
    struct sim_roster      callers[SIM_SCENARIO_SERVICES_MAX];
    uint64_t               in_flight; /* attempts, and requests waiting for one */
    uint64_t               topology;  /* grows when a proxy comes, goes, or changes its state */
};

/* The scenario is borrowed. */
void sim_world_init(struct sim_world *w, const struct sim_scenario *s, uint64_t seed);
void sim_world_release(struct sim_world *w);

/* Play up to and including this instant; a past one is ignored. */
void sim_world_advance(struct sim_world *w, int64_t to_us);

/* Of requests per second; 0 stops the service's traffic, what is under way
 * ends as it would. */
void sim_world_set_rate(struct sim_world *w, uint32_t service, double requests_per_second);

/* STATUS_RANGE: the first version, or the weights would exceed 100. */
enum status sim_world_set_weight(struct sim_world *w, uint32_t service, uint32_t version,
                                 double percent, struct err *err) MUST_CHECK;

/* NULL: no such pod. */
struct sim_proxy *sim_world_proxy(const struct sim_world *w, struct slice pod);

/* Counters start at zero on the same port; the pod serves nothing and its
 * port answers nothing for down_us.  Requests under way on it are reset. */
void sim_world_restart(struct sim_world *w, struct sim_proxy *p, int64_t down_us);

/* Gone for good; `successor`: a new pod with new counters and its own port
 * takes its place.  STATUS_LIMIT: SIM_WORLD_PROXIES_MAX. */
enum status sim_world_kill(struct sim_world *w, struct sim_proxy *p, bool successor,
                           struct err *err) MUST_CHECK;

#endif
