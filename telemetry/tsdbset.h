/* tsdbset.h - the labels of one series as they come from outside: checked,
 * sorted, without empty values. */
#ifndef TELEMETRY_TSDBSET_H
#define TELEMETRY_TSDBSET_H

#include "telemetry/tsdb.h"

enum { TSDBSET_MAX_LABELS = 256 }; /* empty values counted */

/* The statuses are those of tsdb_series().  At most TSDBSET_MAX_LABELS go in,
 * room for n in to; the texts stay where they are. */
enum status tsdbset_sort(const struct tsdb_limits *limits, const struct tsdb_label *labels,
                         size_t n, struct tsdb_label *to, size_t *n_to, struct err *err) MUST_CHECK;

#endif
