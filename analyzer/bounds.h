/* bounds.h - latency bounds in few bytes: most rows have Envoy's default. */
#ifndef ANALYZER_BOUNDS_H
#define ANALYZER_BOUNDS_H

#include "analyzer/counts.h"
#include "base/pack.h"

/* before: what was written just before, the same bounds mostly; or NULL. */
void bounds_pack(struct text *out, const struct counts_bounds *b,
                 const struct counts_bounds *before);

/* *b must be zero.  What are no rising positive bounds is bad. */
void bounds_unpack(struct unpack *u, struct counts_bounds *b, const struct counts_bounds *before);

#endif
