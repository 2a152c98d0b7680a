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

enum exceedance_side { EXCEEDANCE_ABORT, EXCEEDANCE_PASS };

/* Where the canary may be margin_ms slower, its requests over a bound plus that are
 * held against the baseline's over the bound.  Counts are known at bounds alone: for
 * the abort side the canary's are those over the next watched bound that is not
 * less, for the pass side over the one that is not more, so that neither gains by
 * what lies between.  The place of that bound; watched->n: there is none. */
uint32_t exceedance_widened(const struct interval_monitored *watched, uint32_t k, double margin_ms,
                            enum exceedance_side side);

/* Pairs of exceedance_pairs() by that; without such a bound the canary has none. */
void exceedance_widen(const struct interval_monitored *watched, double margin_ms,
                      enum exceedance_side side, struct pair pairs[INTERVAL_MONITORED]);

/* Whether the interval's monitored bounds are those that are watched. */
bool exceedance_watches(const struct interval_monitored *watched, const struct interval *i,
                        enum counts_view view);

void exceedance_pack(const struct interval_monitored *watched, struct text *out);
void exceedance_unpack(struct interval_monitored *watched, struct unpack *in);

#endif
