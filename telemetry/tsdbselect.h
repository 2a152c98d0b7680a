/* tsdbselect.h - which series of an index matchers take: sets of ids, smallest
 * first, then the columns of histograms. */
#ifndef TELEMETRY_TSDBSELECT_H
#define TELEMETRY_TSDBSELECT_H

#include "telemetry/tsdbindex.h"

/* Handles of what is selected. */
#define TSDBSELECT_HANDLE(id, column) ((uint64_t)(id) << 16 | (column))
#define TSDBSELECT_ID(handle) ((uint32_t)((handle) >> 16))
#define TSDBSELECT_COLUMN(handle) ((uint32_t)((handle)&0xffff))

/* As source.h says of select; what a reader of this commit sees.  Series without a
 * sample since q->min_ms are left out. */
enum status tsdbselect_run(const struct tsdbindex *x, uint64_t seq, const struct source_query *q,
                           struct arena *a, struct source_selection *out,
                           struct err *err) MUST_CHECK;

size_t tsdbselect_estimate(const struct tsdbindex *x, const struct source_query *q);

#endif
