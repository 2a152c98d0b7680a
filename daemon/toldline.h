/* toldline.h - what was told over time, as series: a run's verdict from its first
 * point to its end, and an hour longer where it was aborted.
 *
 * A pass or fail that is not renewed by a point TOLDLINE_CARRY_MS after it was due is told
 * as hold from then on, as gates do (api.md, "Age"); hold and abort stay. */
#ifndef DAEMON_TOLDLINE_H
#define DAEMON_TOLDLINE_H

#include "analyzer/point.h"
#include "analyzer/run.h"
#include "daemon/runcatalog.h"
#include "daemon/verdictcolumns.h"

enum {
    TOLDLINE_CARRY_MS = 60 * 1000,
    TOLDLINE_FILL_MS = 60 * 1000,           /* a sample at least so often */
    TOLDLINE_FILL_COARSE_MS = 4 * 60 * 1000 /* of long ranges; under the default lookback */
};

/* What is told now of a run that lives, from the published view. */
struct toldline_now {
    enum verdict        promote, step;
    enum verdict_reason reason;
    bool                known;
};

struct toldline {
    struct verdictcolumns       *c;
    const struct runcatalog_run *run;
    struct verdictcolumns_set    set; /* namespace, service, version */
    int64_t                      carry_ms, fill_ms, next_ms, now_ms;
    struct toldline_now          is; /* since: */
    int64_t                      at_ms;
    int64_t                      valid_ms; /* a pass or fail counts until then */
    struct verdictcolumn        *reason;   /* the series that says why */
};

/* set: its labels namespace, service and version.  apart_ms: between two points, where
 * not all are read, else 0.  fill_ms: a sample at least so often.  next_ms: a newer run
 * of the same version begins and is told from then on; INT64_MAX: none. */
void toldline_begin(struct toldline *t, struct verdictcolumns *c, const struct runcatalog_run *run,
                    const struct verdictcolumns_set *set, int64_t apart_ms, int64_t fill_ms,
                    int64_t next_ms, int64_t now_ms);

/* Points in their order. */
void toldline_point(struct toldline *t, int64_t at_ms, const struct point *p);

/* To the run's end, or to now, where live (if known) is told.  Returns when it is
 * not told any more: now_ms + 1 where it still is. */
int64_t toldline_end(struct toldline *t, const struct toldline_now *live);

/* {namespace, service} between from_ms and to_ms: 0, nothing is told. */
void toldline_idle(struct verdictcolumns *c, const struct verdictcolumns_set *set, int64_t fill_ms,
                   int64_t from_ms, int64_t to_ms, bool ends);

#endif
