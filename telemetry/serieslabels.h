/* serieslabels.h - the labels of a scraped series: without escapes, le and
 * quantile as Prometheus 3 writes them. */
#ifndef TELEMETRY_SERIESLABELS_H
#define TELEMETRY_SERIESLABELS_H

#include "telemetry/exposition.h"
#include "telemetry/tsdb.h"

/* Take a sample's series (exposition_line) apart.  __name__ is the first, the
 * others stand as they were written, also doubled or empty ones.  What was
 * escaped or normalised is put into store; that is never more than the bytes of
 * the series and SERIESLABELS_EXTRA_BYTES.
 * type: le of a histogram and quantile of a summary are normalised ("1" becomes
 * "1.0", "1800000" becomes "1.8e+06").
 * STATUS_SYNTAX: not a series.  STATUS_LIMIT: more than max, or store is full. */
enum { SERIESLABELS_EXTRA_BYTES = 64 };
enum status serieslabels_read(struct slice series, enum exposition_type type,
                              struct tsdb_label *labels, size_t max, size_t *n, char *store,
                              size_t store_bytes, struct err *err) MUST_CHECK;

#endif
