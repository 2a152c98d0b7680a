/* timelinejson.h - a run over time as JSON: all that a plot of it needs. */
#ifndef WEBHOOKS_TIMELINEJSON_H
#define WEBHOOKS_TIMELINEJSON_H

#include "analyzer/timeline.h"
#include "base/text.h"

#define TIMELINEJSON_ALPHA 0.05 /* of each confidence sequence, for people */

/* One object, as the top of an empty text.  why: "", or why there is no evidence. */
void timelinejson_write(struct text *out, const struct timeline *t, const char *why);

#endif
