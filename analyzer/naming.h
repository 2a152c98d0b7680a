/* naming.h - which version a group of counters belongs to.
 *
 * A proxy that got no answer reports destination_version "unknown" though it
 * knows workload and revision of the endpoint it asked (telemetry reference
 * §1.3).  So (workload, revision) of named groups is remembered and gives a
 * name to the others.  Everything lives in the ledger's arena. */
#ifndef ANALYZER_NAMING_H
#define ANALYZER_NAMING_H

#include "analyzer/ledger.h"
#include "base/text.h"

/* One value of the version key. */
struct naming_version {
    struct slice name; /* NUL-terminated, under INTERVAL_NAME_BYTES */
    uint32_t     id;   /* from 0, rising */
    int8_t       arm;  /* enum counts_arm or -1 */
    bool         placeholder;

    uint64_t seen_tick;   /* a group carried it as its key */
    uint32_t n_workloads; /* of seen_tick, under this key */
};

/* What a (workload, revision) is called, per view. */
struct naming_place {
    struct slice           workload, revision;
    struct naming_version *learnt[VIEW_COUNT];
    bool                   torn[VIEW_COUNT]; /* has had two names: tells nothing */
};

/* A version key value met together with a workload. */
struct naming_pairing {
    uint64_t seen_tick;
};

/* All groups that carry the same labels but for instance, code and le. */
struct naming_family {
    enum counts_view       view;
    struct naming_version *key;
    struct naming_place   *place;
    struct naming_pairing *pairing;    /* NULL: a placeholder takes part */
    struct naming_version *resolved;   /* NULL: unattributed */
    uint64_t               generation; /* of the knowledge that resolved it */
    uint64_t               seen_tick;

    /* Scratch of whoever walks the groups of one instance: the cumulative
     * increments of its buckets.  Valid while stamp is the walker's. */
    uint64_t stamp;
    uint32_t n_buckets;
    uint64_t increment[COUNTS_MAX_BOUNDS];
};

struct naming {
    struct arena      *arena; /* borrowed */
    struct ledger_arms arms;
    struct hash_map    versions, places, pairings, families;
    VEC(struct naming_version *) list; /* by id */
    uint64_t    generation;
    size_t      key_bytes; /* held by the maps */
    struct text key;       /* scratch */
};

void naming_init(struct naming *n, struct arena *arena, const struct ledger_arms *arms);
void naming_release(struct naming *n);

/* Empty, "unknown" and "latest": what Istio says when it does not know. */
bool naming_placeholder(struct slice s);

/* The family of a group, learning its place's name. */
struct naming_family *naming_family(struct naming *n, enum counts_view view,
                                    const struct snapshot_group *g);

/* The version whose requests these are, by all that is known now; NULL:
 * unattributed. */
struct naming_version *naming_resolve(struct naming *n, struct naming_family *f);

/* Note that the family is part of this tick's snapshot. */
void naming_see(struct naming_family *f, uint64_t tick);

/* n_keys, most_workloads, only_placeholders and keys of what was seen. */
void naming_sight(const struct naming *n, uint64_t tick, struct ledger_sight *sight);

/* Bytes a map holds beside its keys: slots, and the heap's own per key. */
static inline size_t
naming_map_bytes(const struct hash_map *m)
{
    return m->cap * 32 + m->n * 16;
}

/* Without what lives in the arena; likewise tally_bytes() and shelf_bytes(). */
size_t naming_bytes(const struct naming *n);

#endif
