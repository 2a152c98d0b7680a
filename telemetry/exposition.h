/* exposition.h - one scraped body, line by line: Prometheus text 0.0.4 and
 * OpenMetrics 1.0.
 *
 * github.com/prometheus/docs, "Exposition formats"; OpenMetrics 1.0 (RFC draft
 * richih-opsawg-openmetrics); what Prometheus 3 accepts (model/textparse).
 * One pass, no allocation a line: slices point into the body. */
#ifndef TELEMETRY_EXPOSITION_H
#define TELEMETRY_EXPOSITION_H

#include "base/err.h"
#include "base/slice.h"

enum exposition_format { EXPOSITION_TEXT, EXPOSITION_OPENMETRICS };

/* By a reply's Content-Type; text where it is absent or another one. */
enum exposition_format exposition_format_of(struct slice content_type);

enum exposition_type {
    EXPOSITION_UNKNOWN,
    EXPOSITION_COUNTER,
    EXPOSITION_GAUGE,
    EXPOSITION_HISTOGRAM,
    EXPOSITION_SUMMARY,
    EXPOSITION_GAUGE_HISTOGRAM,
    EXPOSITION_INFO,
    EXPOSITION_STATE_SET,
};
const char *exposition_type_name(enum exposition_type t); /* as /api/v1/metadata words it */

enum exposition_what {
    EXPOSITION_END,
    EXPOSITION_SAMPLE,
    EXPOSITION_TYPE,
    EXPOSITION_HELP,
    EXPOSITION_UNIT
};

struct exposition_line {
    enum exposition_what what;
    /* Of a sample: name and labels as written, the key of the positional cache;
     * exposition_labels() takes it apart.  Of the others the family's name. */
    struct slice series;
    double       value;
    bool         has_time;
    int64_t      t_ms;
    enum exposition_type
                 type; /* of EXPOSITION_TYPE, and of the sample's family as declared above it */
    struct slice text; /* HELP, still escaped; UNIT */
};

/* State of one pass; zero it and set the first two. */
struct exposition {
    enum exposition_format format;
    struct slice           body;
    /* --- */
    size_t               at, line;
    struct slice         family;
    enum exposition_type family_type;
    bool                 ended;
};

/* STATUS_SYNTAX: err names line and column.  OpenMetrics without # EOF, or with
 * something behind it, is one. */
enum status exposition_next(struct exposition *e, struct exposition_line *out,
                            struct err *err) MUST_CHECK;

struct exposition_label {
    struct slice name, value;
};

/* Take a sample's series apart; __name__ is the first.  Escaped values are put
 * into store.  normalise: le and quantile of typed histograms and summaries as
 * Prometheus 3 writes them ("1" becomes "1.0").
 * STATUS_SYNTAX; STATUS_LIMIT: more than max labels, or store is full. */
enum status exposition_labels(struct slice series, bool normalise, struct exposition_label *labels,
                              size_t max, size_t *n, char *store, size_t store_bytes,
                              struct err *err) MUST_CHECK;

#endif
