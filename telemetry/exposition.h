/* exposition.h - one scraped body, line by line: Prometheus text 0.0.4 and
 * OpenMetrics 1.0.
 *
 * github.com/prometheus/docs, "Exposition formats"; OpenMetrics 1.0 (RFC draft
 * richih-opsawg-openmetrics); what Prometheus 3 accepts (model/textparse).
 * One pass, no allocation a line: slices point into the body.  Exemplars are
 * read and dropped, comments skipped. */
#ifndef TELEMETRY_EXPOSITION_H
#define TELEMETRY_EXPOSITION_H

#include "base/err.h"
#include "base/slice.h"

enum exposition_format { EXPOSITION_TEXT, EXPOSITION_OPENMETRICS };

/* By a reply's Content-Type; text where it is absent or another one. */
enum exposition_format exposition_format_of(struct slice content_type);

enum exposition_type {
#define FAMILY_TYPE(name, word, text) EXPOSITION_##name,
#include "telemetry/exposition_type.def"
#undef FAMILY_TYPE
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
    double       value; /* a NaN is the one that Prometheus stores, never StaleNaN */
    bool         has_time;
    int64_t      t_ms;
    /* Of EXPOSITION_TYPE; of a sample what the last # TYPE above it said, whatever
     * its family: Prometheus goes by that. */
    enum exposition_type type;
    struct slice         text; /* HELP, still escaped; UNIT */
};

/* State of one pass; zero it and set the first two. */
struct exposition {
    enum exposition_format format;
    struct slice           body;
    /* Of a body that comes in parts: lines in those before, for errors; and a line
     * break ends a line wherever it stands. */
    uint64_t lines_above;
    bool     in_parts;
    /* --- */
    size_t               at;
    enum exposition_type type;
};

/* STATUS_SYNTAX: err names line and column.  OpenMetrics without # EOF, or with
 * something behind it, is one. */
enum status exposition_next(struct exposition *e, struct exposition_line *out,
                            struct err *err) MUST_CHECK;

/* The bytes that exposition_next() would read from: where a line begins. */
static inline struct slice
exposition_rest(const struct exposition *e)
{
    return (struct slice){e->body.p + e->at, e->body.n - e->at};
}

/* As exposition_next(), when the line begins with a series that was read before
 * and takes series_bytes: its labels are not looked at again.
 * STATUS_NOT_FOUND: the series goes on behind it, so it is another one; nothing
 * was taken. */
enum status exposition_known(struct exposition *e, size_t series_bytes, struct exposition_line *out,
                             struct err *err) MUST_CHECK;

/* Step over a sample whose name nobody wants, unread.  false: it cannot be told
 * where it ends without reading it; nothing was taken. */
bool exposition_skip(struct exposition *e);

/* A HELP text without its escapes, written to store, which has text.n bytes. */
struct slice exposition_help(enum exposition_format format, struct slice text, char *store);

#endif
