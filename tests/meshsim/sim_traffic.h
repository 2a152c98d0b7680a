/* sim_traffic.h - the life of a request, from arrival to what is counted.
 *
 *     arrive -> attempt -> attempt_end -> counted
 *                  ^____________|  retried after a back-off
 *
 * Requests are counted when their stream ends, as Envoy does. */
#ifndef MESHSIM_SIM_TRAFFIC_H
#define MESHSIM_SIM_TRAFFIC_H

#include "tests/meshsim/sim_world.h"

/* Draw the time of the service's next arrival from w->now_us on. */
void sim_traffic_schedule(struct sim_world *w, uint32_t service);

void sim_traffic_arrive(struct sim_world *w, uint32_t service);
void sim_traffic_attempt(struct sim_world *w, const struct sim_stream *s);
void sim_traffic_attempt_end(struct sim_world *w, const struct sim_stream *s);

/* What becomes of the requests under way when a proxy dies now. */
void sim_traffic_cut(struct sim_world *w, int32_t proxy);

#endif
