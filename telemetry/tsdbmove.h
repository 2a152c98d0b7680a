/* tsdbmove.h - buckets of a histogram as series of their own. */
#ifndef TELEMETRY_TSDBMOVE_H
#define TELEMETRY_TSDBMOVE_H

#include "telemetry/tsdbcore.h"

/* The labels of a column, with le where it belongs; room for one more in to. */
struct labels tsdbmove_labels(const struct tsdbindex *x, const struct tsdbseries *s,
                              uint32_t column, struct label *to);

/* A bucket whose samples do not come with the others' goes on as a series of its
 * own, with all its samples; readers that are open find it where it was. */
void tsdbmove_out(struct tsdb *t, struct tsdbslots_one *slot);

#endif
