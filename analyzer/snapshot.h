/* snapshot.h - the cumulative counters of a service at one instant. */
#ifndef ANALYZER_SNAPSHOT_H
#define ANALYZER_SNAPSHOT_H

#include "analyzer/counts.h"
#include "base/arena.h"
#include "base/vec.h"

enum snapshot_kind { SNAPSHOT_CELL, SNAPSHOT_BUCKET };

/* One summed counter of one reporting instance.  Texts live in the snapshot's
 * arena; an absent label is an empty slice. */
struct snapshot_group {
    enum snapshot_kind kind;
    struct slice       instance, pod;
    struct slice       key; /* value of the run's version key */
    struct slice       version, revision, workload;
    struct slice       code, grpc, flags; /* of a cell */
    double             le_ms;             /* of a bucket (cumulative over le) */
    double             value;             /* raw counter */
};

struct snapshot_instance {
    struct slice instance;
    int64_t      sample_ms; /* the source's time of the newest sample of it */
};

struct snapshot_view {
    VEC(struct snapshot_group) groups;
    VEC(struct snapshot_instance) instances;
};

struct snapshot {
    struct arena        *arena; /* borrowed; holds everything below */
    int64_t              at_ms; /* the explicit time of the query */
    struct snapshot_view view[VIEW_COUNT];
};

#endif
