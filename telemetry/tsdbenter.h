/* tsdbenter.h - from labels to the series that has them, made if there was none. */
#ifndef TELEMETRY_TSDBENTER_H
#define TELEMETRY_TSDBENTER_H

#include "telemetry/tsdbcore.h"

/* As tsdb_series(). */
enum status tsdbenter_series(struct tsdb *t, const struct tsdb_label *labels, size_t n,
                             uint64_t *ref, struct err *err) MUST_CHECK;

#endif
