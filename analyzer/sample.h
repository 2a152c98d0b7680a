/* sample.h - an interval as the sequential tests take it (family.h). */
#ifndef ANALYZER_SAMPLE_H
#define ANALYZER_SAMPLE_H

#include "analyzer/exceedance.h"
#include "analyzer/family.h"

/* The counts of one view; pods in the attempt view only.  An empty *watched is
 * filled in with the bounds that are watched from then on; latency has nothing
 * to say in an interval that lacks one of them.  False: pairs that are no
 * counts of requests. */
bool sample_of(const struct interval *i, enum counts_view view, struct interval_monitored *watched,
               struct family_sample *out) MUST_CHECK;

/* The canary may be margin_ms slower (exceedance_widen, abort side): its counts and
 * those of its pods. */
void sample_widen(struct family_sample *s, const struct interval_monitored *watched,
                  double margin_ms);

#endif
