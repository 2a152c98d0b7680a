/* exceedance.h - requests slower than the bounds that a run watches.
 *
 * Watched are the monitored bounds of the first interval that has any: the
 * question must not change while it is asked. */
#ifndef ANALYZER_EXCEEDANCE_H
#define ANALYZER_EXCEEDANCE_H

#include "analyzer/pair.h"

/* The pairs of the interval, one for each watched bound; an empty *watched is
 * filled in.  False: nothing is watched yet, or this interval's histogram lacks
 * a watched bound. */
bool exceedance_pairs(const struct interval *i, enum counts_view view,
                      struct interval_monitored *watched,
                      struct pair                out[INTERVAL_MONITORED]) MUST_CHECK;

/* Whether the interval's monitored bounds are those that are watched. */
bool exceedance_watches(const struct interval_monitored *watched, const struct interval *i,
                        enum counts_view view);

void exceedance_pack(const struct interval_monitored *watched, struct text *out);
void exceedance_unpack(struct interval_monitored *watched, struct unpack *in);

#endif
