/* play_mesh.h - the mesh of a script: client proxies, pods, and the counters
 * that their proxies expose, as Istio reports them on both sides.
 *
 * Counters are integers: a rate of R a second since t gives floor(R * elapsed),
 * so that a script can say how many requests there must have been. */
#ifndef TESTS_REPLAY_PLAY_MESH_H
#define TESTS_REPLAY_PLAY_MESH_H

#include "analyzer/counts.h"
#include "base/err.h"
#include "tests/replay/play_series.h"

enum { PLAY_MESH_BOUNDS = 20, PLAY_MESH_TARGETS = 64 };

/* Istio's default bounds, milliseconds; the last is +Inf. */
extern const char *const play_mesh_le[PLAY_MESH_BOUNDS];

/* Requests with one outcome in one process of one proxy. */
struct play_mesh_cell {
    struct play_mesh_cell  *next;
    struct play_labels      labels; /* of the counter, with its target's */
    struct play_series     *requests_series, *bucket_series[PLAY_MESH_BOUNDS];
    uint64_t                requests, bucket[PLAY_MESH_BOUNDS]; /* not cumulative */
    uint64_t                scraped; /* of the requests, by any replica */
    struct play_mesh_truth *truth;
};

/* What is scraped: a client's proxy, a pod's proxy, or raw exposition. */
struct play_mesh_target {
    char                   name[64], instance[80];
    bool                   is_pod, gone, raw, failing;
    char                   version[256], revision[256], workload[256], hash[256], host[256];
    char                   cluster[64];
    bool                   bare; /* the client's proxy does not know the pod: no sidecar there */
    int8_t                 arm;  /* enum counts_arm, for the ledger of truth */
    struct play_mesh_cell *cells;
    VEC(struct play_series *) series; /* ever scraped from here */
    struct slice exposition;          /* of a raw one */
};

/* What really was exposed of one arm, less what a dying proxy took along. */
struct play_mesh_truth {
    struct play_mesh_truth *next;
    uint8_t                 view;
    int8_t                  arm;
    char                    code[8], flags[64];
    uint64_t                n, lost;
};

struct play_mesh_flow {
    struct play_mesh_target *client, *pod;
    char                     code[8], flags[64], grpc[8];
    int64_t                  latency_ms, since_ms;
    uint64_t                 per_1000s, booked;
    bool unseen; /* the client counts nothing: a copy, a try that a retry mended */
};

struct play_mesh {
    struct arena             arena;
    char                     service[128], ns[128];
    struct play_series_db    db;
    struct play_mesh_target *targets[PLAY_MESH_TARGETS];
    size_t                   n_targets;
    VEC(struct play_mesh_flow) flows;
    struct play_mesh_truth *truth;
};

void play_mesh_init(struct play_mesh *m);
void play_mesh_release(struct play_mesh *m);

/* NULL: there is none of that name. */
struct play_mesh_target *play_mesh_find(struct play_mesh *m, struct slice name);

/* A target; the caller fills in what it is.  STATUS_CONFLICT, STATUS_LIMIT. */
enum status play_mesh_add(struct play_mesh *m, struct slice name, struct play_mesh_target **out,
                          struct err *err) MUST_CHECK;

/* Book what the flows have brought up to this true time. */
void play_mesh_settle(struct play_mesh *m, int64_t now_ms);

/* Requests of one flow at once. */
void play_mesh_book(struct play_mesh *m, const struct play_mesh_flow *f, uint64_t n);

/* From now on: replaces the flow with the same client, pod, code, flags and
 * latency; a rate of 0 ends it. */
void play_mesh_flow(struct play_mesh *m, const struct play_mesh_flow *f);

/* The proxy's process ends: what it counted is gone.  Settle before. */
void play_mesh_forget_counters(struct play_mesh_target *t);

/* The ledger of truth starts anew. */
void play_mesh_zero_truth(struct play_mesh *m);

#endif
