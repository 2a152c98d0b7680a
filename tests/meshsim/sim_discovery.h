/* sim_discovery.h - where the proxies listen, for Prometheus and for tests. */
#ifndef MESHSIM_SIM_DISCOVERY_H
#define MESHSIM_SIM_DISCOVERY_H

#include "base/text.h"
#include "tests/meshsim/sim_world.h"

enum { SIM_DISCOVERY_MAX_BYTES = 8 << 20 };

/* Prometheus's file_sd format: each proxy that is not gone is a target with
 * the labels that Istio's sample configuration gives it (pod, namespace, and
 * by labelmap every pod label).  None of them is a label of Istio's series. */
void sim_discovery_write_targets(const struct sim_world *w, const char *address, struct text *out);

/* {"control": PORT, "proxies": [{"pod", "side", "service", "version", …, "port"}]};
 * control 0: there is none. */
void sim_discovery_write_ports(const struct sim_world *w, const char *address, uint16_t control,
                               struct text *out);

/* Put the text into a file so that a reader sees all of it or the old one;
 * releases it.  STATUS_IO, or the text's own status. */
enum status sim_discovery_save(const char *file, struct text *t, struct err *err) MUST_CHECK;

#endif
