/* points.h - one run's points: what they count, and when one is stored
 * (analyzer/point.h, docs/SERIES.md). */
#ifndef DAEMON_POINTS_H
#define DAEMON_POINTS_H

#include "analyzer/point.h"
#include "analyzer/record.h"

enum {
    POINTS_EVERY_MS = 15 * 1000,
    POINTS_MINUTE_MS = 60 * 1000,   /* level 1: the first of each */
    POINTS_SLOT_MS = 4 * 60 * 1000, /* level 2: under the five minutes that PromQL looks back */
    POINTS_LE_BYTES = 40,
};

struct points;

struct points *points_new(void);
void           points_free(struct points *p); /* NULL is fine */

void points_count(struct points *p, const struct interval *i);

/* Whether one is stored now, with its answers from v; then out points into row and
 * labels, which are empty before.  news: an answer is another than before, so that
 * one is due in any case.  All but run is filled in. */
bool points_next(struct points *p, const struct verdict_view *v, bool news, struct text *row,
                 struct text *labels, struct record_point *out);

/* The counts, with the run's state: a restart goes on with them.  What cannot be
 * read leaves them at zero, as of a run that begins. */
void points_pack(const struct points *p, struct text *out);
void points_unpack(struct points *p, struct slice packed);

/* A bucket's bound as the value of le, in Prometheus 3's form. */
struct slice points_le(double le_ms, char out[POINTS_LE_BYTES]);

#endif
