/* ptest_series.h - a series as .test files write it: labels and points.
 *
 *     http_requests{job="api"} 0+10x5 _ stale NaN
 *
 * (promql/parser, "series description".) */
#ifndef PTEST_SERIES_H
#define PTEST_SERIES_H

#include "base/err.h"
#include "promql/memsource.h"

struct ptest_point {
    double value;
    bool   omitted; /* "_": nothing at that step */
};

enum { PTEST_MAX_POINTS = 1 << 20 };

struct ptest_series {
    const struct memsource_label *labels;
    size_t                        n_labels;
    const struct ptest_point     *points;
    size_t                        n_points;
    bool                          native; /* some point is a native histogram; it is omitted */
};

/* Into the arena. */
enum status ptest_series_parse(struct arena *a, struct slice line, struct ptest_series *out,
                               struct err *err) MUST_CHECK;

#endif
