/* tsdb.h - the series of one embedded source, in memory.
 *
 * One thread writes (the ingest thread); any number read at the same time through
 * tsdb_source().  A reader sees what was committed before its open(), all of it
 * and nothing else: half a scrape is never seen.  What retention frees goes
 * when the last reader that could hold it has closed. */
#ifndef TELEMETRY_TSDB_H
#define TELEMETRY_TSDB_H

#include "promql/source.h"

/* Zero stands for the default. */
struct tsdb_limits {
    size_t   max_series;      /* live; each le of a histogram counts; 1,000,000 */
    size_t   max_bytes;       /* of all memory the store takes; 2 GiB */
    uint32_t max_labels;      /* of one series, __name__ included; 64 */
    uint32_t max_label_bytes; /* of one name or value; 4,096 */
    int64_t  retention_ms;    /* samples older than the newest by this go; 2 h */
    int64_t  max_future_ms;   /* ahead of now; 10 min, as Prometheus's receiver */
};

struct tsdb_label {
    struct slice name, value;
};

enum {
    TSDB_NONE = 0,        /* no series */
    TSDB_MAX_LABELS = 255 /* max_labels at most */
};

struct tsdb;

/* The clock is borrowed; wall time only. */
struct tsdb *tsdb_new(const struct tsdb_limits *limits, const struct clock *clock);
void         tsdb_free(struct tsdb *t); /* no reader may be open */

/* Writer: other limits from now on.  What is over them goes by tsdb_collect(), but for
 * max_series: the series that are there stay. */
void tsdb_limit(struct tsdb *t, const struct tsdb_limits *limits);

/* Any thread: while it is hidden a reader's open() says STATUS_UNREACHABLE, so that
 * nobody is told of half of what is being loaded. */
void tsdb_hide(struct tsdb *t, bool hidden);

/* Writer: the series with these labels, made if there was none.  Labels in any
 * order; those with an empty value are left out; le and quantile are taken as
 * they are (who parses knows whether to normalise).  Series of one histogram
 * (same labels but le, name ending in _bucket) are kept together.  A ref is
 * never used again: after its series was collected, appending says
 * STATUS_NOT_FOUND and the labels must be looked up anew.
 * STATUS_SYNTAX: no __name__, a name that is empty or not UTF-8, a value not
 * UTF-8.  STATUS_CONFLICT: a name twice.  STATUS_LIMIT: says which, and counted. */
enum status tsdb_series(struct tsdb *t, const struct tsdb_label *labels, size_t n, uint64_t *ref,
                        struct err *err) MUST_CHECK;

/* Writer: one sample, seen by readers from the next tsdb_commit() on.  Buckets of
 * one histogram share their rows if they are appended row by row, or at least
 * between two commits; one after the other they take more memory.  The
 * outcomes are Prometheus's (storage/errors.go), each counted in the stats:
 * STATUS_OK        also for the same time and value (bits) again
 * STATUS_CONFLICT  another value at the series' newest time: duplicate sample
 * STATUS_RANGE     before its newest time (out of order), older than the
 *                  retention (too old), or too far in the future: see tsdb_why()
 * STATUS_NOT_FOUND the series was collected
 * STATUS_LIMIT     max_bytes is reached, even after collecting; or readers that
 *                  are open for long hold a quarter of it in what has gone */
enum status tsdb_append(struct tsdb *t, uint64_t ref, int64_t t_ms, double value) MUST_CHECK;

/* Writer: what tsdb_append() would say now, STATUS_LIMIT excepted: nothing is
 * changed or counted, but tsdb_why() tells it.  A remote write is applied whole
 * or not at all. */
enum status tsdb_check(struct tsdb *t, uint64_t ref, int64_t t_ms, double value) MUST_CHECK;

/* Writer: before a batch of appends that must be taken whole, such as a scrape:
 * STATUS_OK, and none of them up to the next tsdb_commit() is refused for want of
 * space (max_bytes is passed by as much); or STATUS_LIMIT, counted. */
enum status tsdb_reserve(struct tsdb *t) MUST_CHECK;

enum tsdb_refusal {
    TSDB_OUT_OF_ORDER,
    TSDB_DUPLICATE,
    TSDB_TOO_OLD,
    TSDB_TOO_FAR,
    TSDB_OUT_OF_SPACE,
    TSDB_COLLECTED,
    TSDB_N_REFUSALS
};
/* Writer: of the last append or check that was not STATUS_OK. */
enum tsdb_refusal tsdb_why(const struct tsdb *t);

/* Writer: the labels of a live series, for messages and staleness.  Borrowed
 * until the next call that writes; false: collected. */
bool                  tsdb_labels(struct tsdb *t, uint64_t ref, struct labels *out);
const struct symbols *tsdb_symbols(const struct tsdb *t);

/* Writer: let readers see what was appended since the last commit; free what no
 * reader can see any more; renew what tsdb_stats() tells. */
void tsdb_commit(struct tsdb *t);

/* Writer: drop what is older than the retention, series without samples left,
 * and, over max_bytes, the oldest; pack series that have been silent for long.
 * Readers see it from the next tsdb_commit() on, and then it is freed.  Bounded
 * work a call, but for a new index when half of the series ever seen are gone:
 * true while there is more to do. */
bool tsdb_collect(struct tsdb *t, int64_t now_ms);

/* Any thread; borrows t.  STATUS_UNREACHABLE: it is hidden.  Refused samples of times before a reader's open() that
 * are appended later are not seen by it either. */
struct source tsdb_source(struct tsdb *t);

/* Any thread: as of the last commit, readers excepted. */
struct tsdb_stats {
    uint64_t series, series_created, series_removed;
    uint64_t samples_appended, samples; /* ever; now in memory */
    uint64_t bytes, bytes_hot, bytes_sealed, bytes_labels, bytes_postings;
    uint64_t refused[TSDB_N_REFUSALS], refused_series; /* the last by max_series */
    int64_t  min_ms, max_ms; /* of all samples; INT64_MAX, INT64_MIN: none */
    uint32_t readers;
};
struct tsdb_stats tsdb_stats(const struct tsdb *t);

/* Any thread: the n busiest of one kind, for /api/v1/status/tsdb.  Names live
 * as long as a reader that is open meanwhile. */
enum tsdb_top_kind {
    TSDB_TOP_SERIES_BY_METRIC,
    TSDB_TOP_VALUES_BY_LABEL,
    TSDB_TOP_BYTES_BY_LABEL,
    TSDB_TOP_SERIES_BY_PAIR
};
struct tsdb_top {
    char     name[256];
    uint64_t count;
};
size_t tsdb_top(struct tsdb *t, enum tsdb_top_kind kind, struct tsdb_top *out, size_t n);

#endif
