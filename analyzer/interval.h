/* interval.h - the difference of two snapshots, by version and arm. */
#ifndef ANALYZER_INTERVAL_H
#define ANALYZER_INTERVAL_H

#include "analyzer/counts.h"
#include "base/err.h"
#include "base/text.h"

enum {
    INTERVAL_MAX_VERSIONS = 24, /* more: the smallest fold into "other" */
    INTERVAL_MAX_CELLS = 192,   /* more: the run holds too_many_series */
    INTERVAL_NAME_BYTES = 254,
    INTERVAL_FLAGS_BYTES = 32,
};

/* Requests of one version with one (code, gRPC status, flags). */
struct interval_cell {
    uint8_t  view, version; /* enum counts_view, index into versions */
    char     code[4];       /* "200", "0" */
    char     grpc[4];       /* "" where there is none */
    char     flags[INTERVAL_FLAGS_BYTES];
    uint64_t n;
};

struct interval_version {
    char          name[INTERVAL_NAME_BYTES]; /* value of the version key; "other" */
    int8_t        arm;                       /* enum counts_arm, or -1: neither */
    struct counts at[VIEW_COUNT];
};

/* Fixed size (about 30 KiB): no ownership, copied by value. */
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
};

/* Length in source time. */
int64_t interval_length_ms(const struct interval *i);

/* Counts by class of versions and arms, anew from the cells and the versions'
 * buckets.  Whoever fills in cells calls this last. */
void interval_recount(struct interval *i);

/* The stored row: cells, buckets and versions; counts by class are recomputed
 * when it is read, so that a mended classifier can re-judge old runs.  Median
 * size wanted: under 300 bytes.
 * STATUS_SYNTAX: not such a row; *out is zeroed. */
void        interval_pack(const struct interval *i, struct text *out);
enum status interval_unpack(struct slice row, struct interval *out, struct err *err) MUST_CHECK;

#endif
