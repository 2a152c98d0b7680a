/* scrapebody.h - what one target said, into series: the positional cache,
 * honor_labels, filters, limits, staleness markers, and the synthetic series.
 *
 * Prometheus 3's scrape/scrape.go is the reference for what becomes of a line.
 * A scrape is applied whole or not at all: a body with a fault in its last line
 * leaves staleness markers and up 0, as a failed transfer does.  Each call
 * commits what it appended.  Ingest thread, but for scrapebody_new(). */
#ifndef TELEMETRY_SCRAPEBODY_H
#define TELEMETRY_SCRAPEBODY_H

#include "telemetry/exposition.h"
#include "telemetry/metadata.h"
#include "telemetry/tsdb.h"

/* Of one source; borrowed by all its targets. */
struct scrapebody_rules {
    bool                honor_labels;
    bool                honor_timestamps;
    const struct slice *keep; /* metric names; none: all.  X keeps X_bucket, X_sum, X_count too */
    size_t              n_keep;
    uint32_t            sample_limit; /* after keep; over it the scrape fails; 0: none */
    uint32_t            label_limit, label_name_bytes, label_value_bytes; /* 0: none */
};

struct scrapebody;

/* The target's own labels (job, instance, …) are copied. */
struct scrapebody *scrapebody_new(struct tsdb *t, struct metadata *m,
                                  const struct scrapebody_rules *rules,
                                  const struct tsdb_label *target, size_t n_target);
void               scrapebody_free(struct scrapebody *b);

/* What is reported of one scrape. */
struct scrapebody_report {
    /* STATUS_OK: up is 1.  STATUS_SYNTAX: the body is malformed.  STATUS_LIMIT: one
     * of the rules' limits or of the store's was reached; series that there was no
     * room for would be missed by whoever judges, so the whole scrape fails.
     * STATUS_RANGE: all of it is older than what is there, and the clock was set back. */
    enum status status;
    struct err  err;
    uint32_t    scraped, kept, added; /* samples, these behind the filter; new series */
    uint32_t    out_of_order, duplicates, too_old; /* left out; the last by too far ahead, too */
    uint32_t    cache_hits;                        /* lines that were where they were last time */
};

/* A body that came whole at t_ms (the aligned time of the scrape); under 4 GiB. */
void scrapebody_apply(struct scrapebody *b, enum exposition_format format, struct slice body,
                      int64_t t_ms, int64_t took_ms, struct scrapebody_report *report);

/* A scrape that failed: up is 0, all series of the last one become stale. */
void scrapebody_failed(struct scrapebody *b, int64_t t_ms, int64_t took_ms);

/* The target is gone for good: everything becomes stale at t_ms. */
void scrapebody_gone(struct scrapebody *b, int64_t t_ms);

#endif
