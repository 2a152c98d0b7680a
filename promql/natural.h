/* natural.h - the order of sort_by_label: "a9" before "a10". */
#ifndef PROMQL_NATURAL_H
#define PROMQL_NATURAL_H

#include "base/slice.h"

/* Whether a comes before b.  Runs of digits are compared as numbers while both
 * fit an int64, all else by bytes.  It is no strict order: texts that differ
 * only in leading zeros each come before the other, as upstream
 * (github.com/facette/natsort, which Prometheus uses). */
bool natural_before(struct slice a, struct slice b);

#endif
