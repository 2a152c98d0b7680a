/* sim_exposition.h - what a proxy's /stats/prometheus answers.
 *
 * The text of an Istio sidecar's merged scrape endpoint: the agent's metric,
 * istio_requests_total, envoy_cluster_* on clients' proxies, istio_build and
 * Istio's three histograms, labels in Istio's order. */
#ifndef MESHSIM_SIM_EXPOSITION_H
#define MESHSIM_SIM_EXPOSITION_H

#include "base/text.h"
#include "tests/meshsim/sim_world.h"

enum { SIM_EXPOSITION_MAX_BYTES = 64 << 20 };

/* Ask out->status at the end.  p is changed only in what it remembers of its
 * labels' text. */
void sim_exposition_write(const struct sim_world *w, struct sim_proxy *p, struct text *out);

/* The destination of a cell, as that side's labels name it. */
struct sim_identity sim_exposition_destination(const struct sim_scenario *s, enum sim_side side,
                                               const struct sim_key *key);

/* text with backslash, quote and newline escaped, as inside label quotes. */
void sim_exposition_escape(struct text *out, const char *text);

#endif
