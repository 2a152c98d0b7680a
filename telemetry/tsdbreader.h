/* tsdbreader.h - struct tsdb as a source of PromQL. */
#ifndef TELEMETRY_TSDBREADER_H
#define TELEMETRY_TSDBREADER_H

#include "telemetry/tsdbcore.h"

/* self: the struct tsdb.  Any thread. */
enum status tsdbreader_open(void *self, struct source_reader **out, struct err *err) MUST_CHECK;

/* The index a reader of this commit sees. */
const struct tsdbindex *tsdbreader_index(const struct tsdb *t, uint64_t seq);

#endif
