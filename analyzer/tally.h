/* tally.h - what the open interval has counted so far.
 *
 * Increments are staged first and join the tally only when the whole snapshot
 * is good (tally_settle), else they are forgotten (tally_unstage).  Lives in
 * the ledger's arena. */
#ifndef ANALYZER_TALLY_H
#define ANALYZER_TALLY_H

#include "analyzer/naming.h"

/* Requests of one version with one (code, gRPC status, flags) in one view. */
struct tally_cell {
    struct naming_version *version;
    struct interval_cell   cell; /* version and n of it are set by tally_fill() */
    uint64_t               n, staged;
};

struct tally_buckets {
    bool     any[VIEW_COUNT];
    uint64_t n[VIEW_COUNT][COUNTS_MAX_BOUNDS];
    uint64_t staged[VIEW_COUNT][COUNTS_MAX_BOUNDS];
};

struct tally_lost {
    uint64_t n, faults, no_route, no_cluster;
};

struct tally_cluster {
    char     name[INTERVAL_CLUSTER_BYTES];
    uint64_t n[VIEW_COUNT][ARM_COUNT], staged[VIEW_COUNT][ARM_COUNT];
};

struct tally {
    struct arena   *arena; /* borrowed */
    struct hash_map map;
    size_t          key_bytes;
    struct text     key; /* scratch */
    VEC(struct tally_cell *) cells;
    VEC(struct tally_buckets *) buckets;  /* by version id, NULL where none */
    VEC(struct tally_cluster *) clusters; /* sorted by name */
    struct tally_lost lost[VIEW_COUNT], lost_staged[VIEW_COUNT];
};

void tally_init(struct tally *t, struct arena *arena);
void tally_release(struct tally *t);

/* The cell to add to; code, grpc and flags as interval_cell keeps them. */
struct tally_cell *tally_cell(struct tally *t, struct naming_version *version,
                              const struct interval_cell *cell);

/* The cluster to add to. */
struct tally_cluster *tally_cluster(struct tally *t, struct slice name);

/* Stage requests. */
void tally_add_cluster(struct tally_cluster *c, enum counts_view view, enum counts_arm arm,
                       enum class class, bool no_response, uint64_t n);
void tally_add_lost(struct tally *t, const struct interval_cell *cell, enum class class,
                    uint64_t n);
void tally_add_buckets(struct tally *t, const struct naming_version *version, enum counts_view view,
                       const uint64_t bucket[], uint32_t n);

void tally_settle(struct tally *t);
void tally_unstage(struct tally *t);
void tally_clear(struct tally *t);
/* Whether there were any: buckets that no longer have their bounds. */
bool tally_clear_buckets(struct tally *t, enum counts_view view);

/* Versions, cells, arms and unattributed of *out from what is settled and
 * staged.  The smallest versions fold into "other" where there are more than
 * the interval holds versions or cells; false: the cells do not fit even so, or
 * the clusters.
 * index: room for names->list.n; gets the row of each version by its id,
 * UINT8_MAX for one without counts. */
bool tally_fill(const struct tally *t, const struct naming *names, struct interval *out,
                uint8_t index[]) MUST_CHECK;

size_t tally_bytes(const struct tally *t);

#endif
