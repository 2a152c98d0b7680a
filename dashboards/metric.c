#include "dashboards/metric.h"

#define BOUNDS(name, ...) static const double bounds_##name[] = {__VA_ARGS__};
#include "dashboards/metric_bounds.def"
#undef BOUNDS

#define UNIT_NONE ""
#define UNIT_SECONDS "seconds"
#define UNIT_BYTES "bytes"
#define BUCKETS_NO .bounds = NULL
#define BUCKETS_FAST .bounds = bounds_FAST, .n_bounds = ARRAY_LEN(bounds_FAST)
#define BUCKETS_SLOW .bounds = bounds_SLOW, .n_bounds = ARRAY_LEN(bounds_SLOW)
#define BUCKETS_COMMIT .bounds = bounds_COMMIT, .n_bounds = ARRAY_LEN(bounds_COMMIT)
#define LABELS(...)                                                                                \
    .label = {__VA_ARGS__},                                                                        \
    .n_labels = ARRAY_LEN(((const char *const[]){"" __VA_OPT__(, ) __VA_ARGS__})) - 1

static const struct metric_row rows[] = {
#define METRIC(id, metric, kind, base_unit, buckets, labels, text)                                 \
    [METRIC_##id] = {.name = (metric),                                                             \
                     .type = METRIC_TYPE_##kind,                                                   \
                     .unit = UNIT_##base_unit,                                                     \
                     .help = (text),                                                               \
                     BUCKETS_##buckets,                                                            \
                     labels},
#include "dashboards/metric.def"
#undef METRIC
};

const struct metric_row *
metric_row(enum metric m)
{
    return &rows[m];
}
