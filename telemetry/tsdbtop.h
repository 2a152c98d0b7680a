/* tsdbtop.h - what there is most of in a store. */
#ifndef TELEMETRY_TSDBTOP_H
#define TELEMETRY_TSDBTOP_H

#include "telemetry/tsdbcore.h"

/* As tsdb_top(). */
size_t tsdbtop_run(struct tsdb *t, enum tsdb_top_kind kind, struct tsdb_top *out, size_t n);

#endif
