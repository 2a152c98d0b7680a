/* bounds.h - latency bounds and the counts under them in few bytes: most rows have
 * Envoy's default. */
#ifndef ANALYZER_BOUNDS_H
#define ANALYZER_BOUNDS_H

#include "analyzer/counts.h"
#include "base/pack.h"

/* The same bounds: counts under them may be added up. */
bool bounds_same(const struct counts_bounds *a, const struct counts_bounds *b);

/* before: what was written just before, the same bounds mostly; or NULL. */
void bounds_pack(struct text *out, const struct counts_bounds *b,
                 const struct counts_bounds *before);

/* *b must be zero.  What are no rising positive bounds is bad. */
void bounds_unpack(struct unpack *u, struct counts_bounds *b, const struct counts_bounds *before);

/* Counts under n_bounds bounds: first index, number, counts, for latencies lie
 * together.  Read into zeroes; a count over 2^53 is bad. */
void bounds_pack_counts(struct text *out, const uint64_t bucket[], uint32_t n_bounds);
void bounds_unpack_counts(struct unpack *u, uint64_t bucket[], uint32_t n_bounds);

#endif
