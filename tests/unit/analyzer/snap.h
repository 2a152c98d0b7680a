/* snap.h - snapshots written down by hand, for tests of the ledger. */
#ifndef TESTS_UNIT_ANALYZER_SNAP_H
#define TESTS_UNIT_ANALYZER_SNAP_H

#include "analyzer/snapshot.h"

/* Start it as {0}; texts are borrowed. */
struct snap {
    struct arena    arena;
    struct snapshot s;
};

/* Forget the groups; the next snapshot is asked for at at_ms. */
static inline void
snap_begin(struct snap *n, int64_t at_ms)
{
    arena_release(&n->arena);
    n->s = (struct snapshot){.arena = &n->arena, .at_ms = at_ms};
}

static inline void
snap_sample(struct snap *n, enum counts_view view, const char *instance, int64_t sample_ms)
{
    VEC_PUSH(&n->arena, &n->s.view[view].instances,
             (struct snapshot_instance){slice_of(instance), sample_ms});
}

static inline struct snapshot_group *
snap_group(struct snap *n, enum counts_view view, struct snapshot_group g)
{
    VEC_PUSH(&n->arena, &n->s.view[view].groups, g);
    return &n->s.view[view].groups.at[n->s.view[view].groups.n - 1];
}

/* A cell of a version that key, label and revision agree on; its workload has
 * the same name.  The answer may be changed until the next call. */
static inline struct snapshot_group *
snap_cell(struct snap *n, enum counts_view view, const char *instance, const char *version,
          const char *code, const char *flags, double value)
{
    struct slice v = slice_of(version);

    return snap_group(n, view,
                      (struct snapshot_group){.kind = SNAPSHOT_CELL,
                                              .instance = slice_of(instance),
                                              .key = v,
                                              .version = v,
                                              .revision = v,
                                              .workload = v,
                                              .code = slice_of(code),
                                              .flags = slice_of(flags),
                                              .value = value});
}

static inline struct snapshot_group *
snap_bucket(struct snap *n, enum counts_view view, const char *instance, const char *version,
            double le_ms, double value)
{
    struct snapshot_group *g = snap_cell(n, view, instance, version, "", "", value);

    g->kind = SNAPSHOT_BUCKET;
    g->le_ms = le_ms;
    return g;
}

#endif
