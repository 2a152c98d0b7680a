/* writerequest.h - a remote write 1.0 message, taken apart but not copied.
 *
 * prometheus/prometheus, prompb/remote.proto and types.proto: WriteRequest has
 * TimeSeries (1) and MetricMetadata (3); TimeSeries has Label (1), Sample (2),
 * Exemplar (3), Histogram (4).  Fields that are not read are skipped. */
#ifndef TELEMETRY_WRITEREQUEST_H
#define TELEMETRY_WRITEREQUEST_H

#include "base/err.h"
#include "telemetry/exposition.h"
#include "telemetry/tsdb.h"

enum {
    WRITEREQUEST_MAX_SERIES = 250000,
    WRITEREQUEST_MAX_SAMPLES = 1000000,
    WRITEREQUEST_MAX_METADATA = 20000,
};

struct writerequest_sample {
    int64_t t_ms;
    double  value; /* bit for bit: NaNs mean something */
};

/* Slices point into the message. */
struct writerequest_series {
    struct slice body;   /* of the TimeSeries */
    struct slice labels; /* the bytes of all labels, for recognising them; {0}: they do
                            not stand together */
    uint32_t     n_labels, first_sample, n_samples, n_histograms;
};

struct writerequest_metadata {
    struct slice         family, help, unit;
    enum exposition_type type;
};

/* Start it as {0}; memory is kept from message to message, but not much. */
struct writerequest {
    struct writerequest_series   *series;
    struct writerequest_sample   *samples;
    struct writerequest_metadata *metadata;
    size_t                        n_series, n_samples, n_metadata;
    size_t                        cap_series, cap_samples, cap_metadata;
};

/* STATUS_SYNTAX: not such a message; err names what is wrong.  STATUS_LIMIT: more of
 * something than WRITEREQUEST_MAX_…. */
enum status writerequest_read(struct writerequest *w, struct slice message,
                              struct err *err) MUST_CHECK;
void        writerequest_release(struct writerequest *w);

/* Give back what an unusually large message took. */
void   writerequest_trim(struct writerequest *w);
size_t writerequest_bytes(const struct writerequest *w);

/* The n_labels labels of a series that was read; what is missing is "".  They are
 * looked into here, not before: most are recognised by their bytes.
 * STATUS_SYNTAX. */
enum status writerequest_labels(const struct writerequest_series *s, struct tsdb_label *out,
                                struct err *err) MUST_CHECK;

#endif
