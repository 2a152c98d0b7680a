/* interval_pod.h - an interval's pods as bytes: sorted names share their beginning. */
#ifndef ANALYZER_INTERVAL_POD_H
#define ANALYZER_INTERVAL_POD_H

#include "analyzer/interval.h"
#include "base/pack.h"

/* The order of struct interval's pods: below 0, 0, above 0. */
int interval_pod_compare(const struct interval_pod *a, const struct interval_pod *b);

void interval_pod_pack(const struct interval *i, struct text *out);

/* Versions and monitored bounds of *out must be known already.  Pods that are
 * out of order, or whose counts contradict each other, are bad. */
void interval_pod_unpack(struct unpack *u, struct interval *out);

#endif
