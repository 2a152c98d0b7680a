/* metrictext.h - metrics as scrapers read them: text format 0.0.4, or OpenMetrics 1.0.
 *
 * prometheus.io/docs/instrumenting/exposition_formats and
 * prometheus.io/docs/specs/om/open_metrics_spec. */
#ifndef DASHBOARDS_METRICTEXT_H
#define DASHBOARDS_METRICTEXT_H

#include "base/histogram.h"
#include "base/slice.h"
#include "base/text.h"
#include "dashboards/metric.h"

struct metrictext {
    struct text *out;
    bool         openmetrics;
    int          last; /* enum metric that was written last; -1: none */
};

/* The header Accept of a scraper likes OpenMetrics at least as well as plain text, and
 * names it. */
bool metrictext_wants_openmetrics(struct slice accept);

/* out is borrowed; ask its status at the end. */
struct metrictext metrictext_begin(struct text *out, bool openmetrics);
void              metrictext_end(struct metrictext *m);

/* One sample.  Metrics come in the order of the table, all samples of one together.
 * label: values, UTF-8, as many as the row has labels and in their order; of
 * rows without labels NULL. */
void metrictext_number(struct metrictext *m, enum metric id, const char *const *label, double v);
void metrictext_histogram(struct metrictext *m, enum metric id, const char *const *label,
                          const struct histogram *h);

#define METRICTEXT_LABELS(...) ((const char *const[]){__VA_ARGS__})

#endif
