/* sim_workload.h - the parts of a scenario that run: versions and clients. */
#ifndef MESHSIM_SIM_WORKLOAD_H
#define MESHSIM_SIM_WORKLOAD_H

#include "tests/meshsim/sim_scenario.h"

/* Versions of a service whose name and namespace are known. */
enum status sim_workload_versions(struct arena *a, const struct sim_scenario *s,
                                  const struct yaml_node *list, struct sim_service *service,
                                  struct err *err) MUST_CHECK;

/* One client; the services must have been read. */
enum status sim_workload_client(struct arena *a, const struct sim_scenario *s,
                                const struct yaml_node *map, struct sim_client *out,
                                struct err *err) MUST_CHECK;

enum status sim_workload_bounds(const struct yaml_node *list, struct sim_bounds *out,
                                struct err *err) MUST_CHECK;

#endif
