/* mesh.h - the check: is the mesh between caller and canary in order?
 *
 * Rules, no test, over the last minute of what the callers' proxies count
 * beside the requests (mesh_signal.def), the canary's side against the
 * baseline's where they are apart:
 *     routing broken    more requests than usual find no route or no cluster, in two
 *                       intervals running (routes.h): aborts at once
 *     breaker open      requests refused by a circuit breaker
 *     hosts ejected     outlier detection put hosts of the canary out: what is left
 *                       looks healthy while the canary is not
 *     connections fail  connects that failed or timed out
 *     retries           more retries a request than the baseline needs
 * More than the baseline means beyond what chance gives at so few events.  Where
 * the hosts of both cannot be told apart, an event is held against the canary
 * only while its requests fail more often than the baseline's: some baseline
 * host is always out somewhere, and would hold every rollout.
 * All but the first are told as the policy says, and recover.  A signal that no
 * proxy reports is not known: without any the check says not_reported, for a
 * constant zero is no health. */
#ifndef ANALYZER_MESH_H
#define ANALYZER_MESH_H

#include "analyzer/interval.h"
#include "analyzer/policy.h"
#include "analyzer/routes.h"

enum {
    MESH_WINDOW_MS = 60 * 1000,
    MESH_SLOT_MS = 5000,
    MESH_SLOTS = MESH_WINDOW_MS / MESH_SLOT_MS,
};

/* 32 bits; what would pass them stays at the top. */
struct mesh_slot {
    int64_t  turn; /* end time over the slot's length; -1: empty */
    uint32_t requests[ARM_COUNT];
    uint32_t tried[ARM_COUNT], failed[ARM_COUNT]; /* as the servers see it, where they are seen */
    uint32_t signal[MESH_SIGNAL_COUNT][MESH_SIGNAL_SIDES]; /* gauges: the greatest */
};

struct mesh {
    struct check_result asked;
    enum verdict        told; /* what a finding is told as */
    struct routes       routes;
    bool                reported[MESH_SIGNAL_COUNT][MESH_SIGNAL_SIDES]; /* ever, in this run */
    int64_t             newest;                                         /* turn */
    struct mesh_slot    slot[MESH_SLOTS];
};

void mesh_init(struct mesh *m, const struct policy *p);

/* Every interval once, in order, warm-up and settle time included. */
void mesh_apply(struct mesh *m, const struct interval *i, enum counts_view view);

/* abort routing_broken (latched by the caller); the policy's verdict with
 * breaker_open, hosts_ejected, connections_failing or retries_amplified; hold
 * not_reported; else pass within_limit.  value: of what was found, for people:
 * requests, hosts, or retries a request. */
struct check_result mesh_result(const struct mesh *m);

/* State without the policy. */
void mesh_pack(const struct mesh *m, struct text *out);
void mesh_unpack(struct mesh *m, struct unpack *in);

#endif
