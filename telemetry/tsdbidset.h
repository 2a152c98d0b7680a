/* tsdbidset.h - sets of series ids: sorted arrays, and lists of postings joined.
 *
 * Memory is an arena's; ids are below the bound that the set was begun with. */
#ifndef TELEMETRY_TSDBIDSET_H
#define TELEMETRY_TSDBIDSET_H

#include "base/arena.h"

struct tsdbidset {
    const uint32_t *id; /* rising */
    size_t          n;
};

/* Ids in any of the sets, below the bound. */
struct tsdbidset tsdbidset_union(struct arena *a, const struct tsdbidset *sets, size_t n,
                                 uint32_t bound);

/* Those of from that are (keep) or are not (!keep) in any of the sets. */
struct tsdbidset tsdbidset_filter(struct arena *a, struct tsdbidset from,
                                  const struct tsdbidset *sets, size_t n, bool keep,
                                  uint32_t bound);

#endif
