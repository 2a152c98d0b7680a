/* sim_service.h - one service of a scenario: its traffic and its faults. */
#ifndef MESHSIM_SIM_SERVICE_H
#define MESHSIM_SIM_SERVICE_H

#include "tests/meshsim/sim_scenario.h"

/* s has what the file says of all services (histogram bounds). */
enum status sim_service_read(struct arena *a, const struct sim_scenario *s,
                             const struct yaml_node *map, struct sim_service *out,
                             struct err *err) MUST_CHECK;

/* Requests under way at once that this rate can lead to; the reader and the
 * control port refuse more than SIM_SCENARIO_IN_FLIGHT_MAX. */
double sim_service_in_flight(const struct sim_service *s, double requests_per_second);

#endif
