/* tsdbreader.h - struct tsdb as a source of PromQL. */
#ifndef TELEMETRY_TSDBREADER_H
#define TELEMETRY_TSDBREADER_H

#include "telemetry/tsdbcore.h"

/* self: the struct tsdb.  Any thread. */
enum status tsdbreader_open(void *self, struct source_reader **out, struct err *err) MUST_CHECK;

/* Of a reader of ours: the series that a selected one is a column of, and the
 * commit that is seen. */
const struct tsdbseries *tsdbreader_series(struct source_reader       *base,
                                           const struct source_series *which, uint64_t *seq);

/* The index a reader of this commit sees. */
const struct tsdbindex *tsdbreader_index(const struct tsdb *t, uint64_t seq);

#endif
