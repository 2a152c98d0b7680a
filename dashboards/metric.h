/* metric.h - the metrics of GET /metrics, as metric.def lists them. */
#ifndef DASHBOARDS_METRIC_H
#define DASHBOARDS_METRIC_H

#include "base/base.h"

enum metric {
#define METRIC(id, name, type, unit, buckets, labels, help) METRIC_##id,
#include "dashboards/metric.def"
#undef METRIC
    METRIC_COUNT
};

enum metric_type { METRIC_TYPE_COUNTER, METRIC_TYPE_GAUGE, METRIC_TYPE_HISTOGRAM };

enum { METRIC_MAX_LABELS = 3 };

struct metric_row {
    const char      *name;
    enum metric_type type;
    const char      *unit; /* "": none */
    const char      *label[METRIC_MAX_LABELS];
    size_t           n_labels;
    const double    *bounds; /* of a histogram, in seconds */
    size_t           n_bounds;
    const char      *help;
};

const struct metric_row *metric_row(enum metric m);

#endif
