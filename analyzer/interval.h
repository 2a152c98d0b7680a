/* interval.h - the difference of two snapshots, by version and arm. */
#ifndef ANALYZER_INTERVAL_H
#define ANALYZER_INTERVAL_H

#include "analyzer/counts.h"
#include "analyzer/mesh_signal.h"
#include "base/err.h"
#include "base/text.h"

enum {
    INTERVAL_MAX_VERSIONS = 24, /* more: the smallest fold into "other" */
    INTERVAL_MAX_CELLS = 192,   /* more: the run holds too_many_series */
    INTERVAL_NAME_BYTES = 254,
    INTERVAL_FLAGS_BYTES = 32,
    INTERVAL_MAX_PODS = 64,                            /* with rows of their own */
    INTERVAL_POD_ROWS = INTERVAL_MAX_PODS + ARM_COUNT, /* the others of each arm share one */
    INTERVAL_MONITORED = 6,
    INTERVAL_MAX_MEASURED = 8,
    INTERVAL_MAX_CLUSTERS = 16,
    INTERVAL_CLUSTER_BYTES = 64,
};

/* Bounds whose exceedances are compared, rising; chosen once for a run, from
 * what the baseline had served before it (ledger.h). */
struct interval_monitored {
    uint32_t n;
    double   le_ms[INTERVAL_MONITORED];
};

/* What one server's proxy reported (attempt view). */
struct interval_pod {
    char     name[INTERVAL_NAME_BYTES]; /* label pod, else instance; "other" where folded */
    uint8_t  version;                   /* index into versions; where folded: of the busiest */
    uint8_t  arm;                       /* enum counts_arm */
    uint32_t folded;                    /* 0: one pod; else so many that share this row */
    uint64_t requests, faults;          /* as counts_requests(), counts_faults() */
    uint64_t no_response, client_errors;
    uint64_t timed;                    /* in the histogram */
    uint64_t over[INTERVAL_MONITORED]; /* of those, over each monitored bound of the view */
};

/* A signal that no proxy reported is not zero: it is not known. */
struct interval_signal {
    bool     reported;
    uint64_t value;
};

/* Requests of one version with one (code, gRPC status, flags). */
struct interval_cell {
    uint8_t  view, version; /* enum counts_view, index into versions */
    char     code[4];       /* "200", "0" */
    char     grpc[4];       /* "" where there is none */
    char     flags[INTERVAL_FLAGS_BYTES];
    uint64_t n;
};

/* Requests of one cluster of the mesh, where those are asked for. */
struct interval_cluster {
    char     name[INTERVAL_CLUSTER_BYTES];
    uint64_t requests[VIEW_COUNT][ARM_COUNT];
};

struct interval_version {
    char          name[INTERVAL_NAME_BYTES]; /* value of the version key; "other" */
    int8_t        arm;                       /* enum counts_arm, or -1: neither */
    struct counts at[VIEW_COUNT];
};

/* Fixed size (about 60 KiB): no ownership, copied by value. */
struct interval {
    int64_t                 start_ms, end_ms; /* source time */
    bool                    present[VIEW_COUNT];
    struct counts_bounds    bounds[VIEW_COUNT]; /* the same for both arms */
    uint32_t                n_versions;
    struct interval_version versions[INTERVAL_MAX_VERSIONS];
    struct counts           arm[VIEW_COUNT][ARM_COUNT];
    uint64_t                unattributed[VIEW_COUNT];        /* requests without a version */
    uint64_t                unattributed_faults[VIEW_COUNT]; /* of those */
    uint32_t                n_cells;
    struct interval_cell    cells[INTERVAL_MAX_CELLS];
    uint32_t                resets, partial_resets, births, instances;

    struct interval_monitored monitored[VIEW_COUNT]; /* n 0: not chosen yet */
    /* Of canary and baseline; those that went on in this interval, those without
     * a request too.  Their sums are the arms' of the attempt view, but for
     * arms of which no pod is known.  Sorted: single ones before folded ones,
     * then by name, then by version. */
    uint32_t               n_pods;
    struct interval_pod    pods[INTERVAL_POD_ROWS];
    struct interval_signal signals[MESH_SIGNAL_COUNT][MESH_SIGNAL_SIDES];
    /* Of unattributed: flags say that there is no route (NR), or that the
     * cluster that a route names is missing (NC). */
    /* Values of the policy's own expressions at the end, NaN: none; in the order
     * of its limits. */
    uint32_t n_measured;
    double   measured[INTERVAL_MAX_MEASURED];

    uint32_t                n_clusters;
    struct interval_cluster clusters[INTERVAL_MAX_CLUSTERS]; /* sorted by name */
    uint64_t                unattributed_no_route[VIEW_COUNT], unattributed_no_cluster[VIEW_COUNT];
};

/* Length in source time. */
int64_t interval_length_ms(const struct interval *i);

/* Requests of c slower than the k-th monitored bound of the view.  False: this
 * interval's histogram does not have that bound, *over is 0. */
bool interval_over(const struct interval *i, enum counts_view view, const struct counts *c,
                   uint32_t k, uint64_t *over) MUST_CHECK;

/* Requests that found no route, or no cluster, whatever version they were for. */
uint64_t interval_no_route(const struct interval *i, enum counts_view view);
uint64_t interval_no_cluster(const struct interval *i, enum counts_view view);

/* Counts by class of versions and arms, anew from the cells and the versions'
 * buckets.  Whoever fills in cells calls this last. */
void interval_recount(struct interval *i);

/* The stored row: cells, buckets, versions, pods and signals; counts by class
 * are recomputed when it is read, so that a mended classifier can re-judge old
 * runs (pods excepted, which have no cells).  Median size wanted: under 300
 * bytes, and 20 for each pod.  Clusters stand at the end, where there are
 * any.  Rows of format 1, before there were pods and signals, are read as well.
 * STATUS_SYNTAX: not such a row; *out is zeroed. */
void        interval_pack(const struct interval *i, struct text *out);
enum status interval_unpack(struct slice row, struct interval *out, struct err *err) MUST_CHECK;

#endif
