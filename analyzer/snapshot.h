/* snapshot.h - the cumulative counters of a service at one instant. */
#ifndef ANALYZER_SNAPSHOT_H
#define ANALYZER_SNAPSHOT_H

#include "analyzer/counts.h"
#include "analyzer/mesh_signal.h"
#include "analyzer/verdict.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

enum { SNAPSHOT_MAX_INSTANCES = 20000, SNAPSHOT_MAX_GROUPS = 400000 };

enum snapshot_kind { SNAPSHOT_CELL, SNAPSHOT_BUCKET };

/* One summed counter of one reporting instance.  Texts live in the snapshot's
 * arena; an absent label is an empty slice. */
struct snapshot_group {
    enum snapshot_kind kind;
    struct slice       instance, pod;
    struct slice       key; /* value of the run's version key */
    struct slice       version, revision, workload;
    struct slice       cluster;           /* of the servers, where it is asked for */
    struct slice       code, grpc, flags; /* of a cell */
    double             le_ms;             /* of a bucket (cumulative over le) */
    double             value;             /* raw counter */
};

struct snapshot_instance {
    struct slice instance;
    int64_t      sample_ms; /* the source's time of the newest sample of it */
};

/* What a caller's proxy says about the way to the service, beside requests. */
struct snapshot_signal {
    enum mesh_signal what;
    struct slice     instance;
    struct slice     subset, host; /* of the hosts that it is about; may be empty */
    double           value;        /* raw counter, or gauge */
};

struct snapshot_view {
    VEC(struct snapshot_group) groups;
    VEC(struct snapshot_instance) instances;
};

struct snapshot {
    struct arena        *arena; /* borrowed; holds everything below */
    int64_t              at_ms; /* the explicit time of the query */
    struct snapshot_view view[VIEW_COUNT];
    VEC(struct snapshot_signal) signals; /* none: not reported, or not asked for */
};

/* Whether it can be counted from: instance labels, whole counters under 2^53,
 * labels of sane length, samples not later than at_ms by over a minute.
 * Signals are not worth a hold: one that is not valid is left out.
 * STATUS_NO_DATA: a hold with *reason (no_instance_label, too_many_series,
 * source_error). */
enum status snapshot_check(const struct snapshot *s, enum verdict_reason *reason,
                           struct err *err) MUST_CHECK;

bool snapshot_signal_valid(const struct snapshot_signal *g);

#endif
