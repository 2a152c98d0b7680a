/* pointline.h - a run's points as series: counts, ratios and quantiles of the last
 * minutes, checks with their evidence. */
#ifndef DAEMON_POINTLINE_H
#define DAEMON_POINTLINE_H

#include "analyzer/point.h"
#include "daemon/runcatalog.h"
#include "daemon/verdictcolumns.h"

enum {
    POINTLINE_WINDOW_MS = 5 * 60 * 1000, /* of ratios and quantiles */
    POINTLINE_KEPT = 24,                 /* a window of points every 15 s, and room */
    POINTLINE_QUANTILES = 3,
};

struct pointline {
    struct verdictcolumns       *c;
    const struct runcatalog_run *run;
    struct verdictcolumns_set    set; /* namespace, service, version */
    uint32_t                     arm[ARM_COUNT + 1], view[VIEW_COUNT]; /* symbols */
    uint32_t                     quantile[POINTLINE_QUANTILES];
    uint32_t                     le[VIEW_COUNT][COUNTS_MAX_BOUNDS];
    struct counts_bounds         bounds[VIEW_COUNT]; /* that le is of */
    bool                         windows;            /* something of the window is wanted */
    bool                         buckets, counts, checks;
    bool                         whole;     /* points are read from its start on */
    int64_t                      before_ms; /* of the point before; the run's start at first */
    struct point                 now;       /* the caller unpacks into it */
    int64_t                      kept_ms[POINTLINE_KEPT];
    struct point                *kept; /* a ring; of the arena */
    uint32_t                     n_kept, next;
    VEC(struct verdictcolumn *) touched; /* series that show this run */
};

/* About 40 KiB: not for the stack.  from_ms: points before it are not read. */
void pointline_begin(struct pointline *l, struct verdictcolumns *c,
                     const struct runcatalog_run *run, const struct verdictcolumns_set *set,
                     int64_t from_ms);

/* Whether the selection wants anything that points are read for. */
bool pointline_wanted(const struct verdictcolumns *c);

/* now holds the next point. */
void pointline_point(struct pointline *l, int64_t at_ms);

/* The run has ended (at_ms 0: it lives): its series end when their next point would
 * have come. */
void pointline_end(struct pointline *l, int64_t at_ms);

#endif
