/* scrapetarget.h - what is scraped: a URL and the labels of all its series.
 *
 * Written as HOST:PORT[/PATH] or as an http(s) URL; the path is /metrics where
 * there is none.  As Prometheus does (scrape/target.go), __scheme__,
 * __metrics_path__ and __param_NAME among the labels change the URL, other
 * labels that start with __ are dropped, instance is the address unless a label
 * says otherwise, and job is the source's name. */
#ifndef TELEMETRY_SCRAPETARGET_H
#define TELEMETRY_SCRAPETARGET_H

#include "base/arena.h"
#include "base/err.h"
#include "telemetry/tsdb.h"

enum {
    SCRAPETARGET_MAX_URL_BYTES = 2048,
    SCRAPETARGET_MAX_LABELS = 64,
    SCRAPETARGET_MAX_LABEL_BYTES = 1024,
};

/* Immutable; lives in the arena that it was made in. */
struct scrapetarget {
    const char              *url;
    const struct tsdb_label *labels; /* in the order of their names */
    size_t                   n_labels;
    struct slice             identity; /* equal: the same URL and the same labels */
};

/* What a target starts from. */
struct scrapetarget_defaults {
    const char              *scheme; /* NULL: http */
    const char              *path;   /* with its '/'; NULL: /metrics */
    const char              *job;
    const struct tsdb_label *labels; /* of the source; those given win over them */
    size_t                   n_labels;
};

/* STATUS_SYNTAX: no address, or a label's name that is none; STATUS_LIMIT: over
 * the bounds above. */
enum status scrapetarget_make(struct arena *a, struct slice written,
                              const struct scrapetarget_defaults *defaults,
                              const struct tsdb_label *labels, size_t n_labels,
                              struct scrapetarget *out, struct err *err) MUST_CHECK;

struct scrapetarget scrapetarget_copy(struct arena *a, const struct scrapetarget *from);

#endif
