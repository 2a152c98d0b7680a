/* verdictcolumns.h - series of the history under construction: label sets that a
 * selection's matchers let through, and their samples.
 *
 * One selection, one thread.  What it makes lives in the arena it was given. */
#ifndef DAEMON_VERDICTCOLUMNS_H
#define DAEMON_VERDICTCOLUMNS_H

#include "base/vec.h"
#include "dashboards/series.h"
#include "promql/source.h"

enum verdictcolumns_label {
#define LABEL(name, text) VERDICTCOLUMNS_##name,
#include "daemon/series_label.def"
#undef LABEL
    VERDICTCOLUMNS_LABELS
};

enum {
    VERDICTCOLUMNS_MAX_SAMPLES = 5 * 1000 * 1000, /* of one reader; 16 bytes each */
    VERDICTCOLUMNS_UNKNOWN = UINT32_MAX,          /* a text that the query does not know */
};

/* Symbols of label values; SYMBOLS_EMPTY: no such label.  METRIC is filled in. */
struct verdictcolumns_set {
    uint32_t value[VERDICTCOLUMNS_LABELS];
};

struct verdictcolumn {
    struct verdictcolumns_set set;
    struct labels             labels;
    bool                      hit; /* else nothing is kept of it */
    int64_t                  *t_ms;
    double                   *value;
    size_t                    n, cap;
    int64_t                   owner; /* the caller's own */
};

struct verdictcolumns {
    struct arena              *arena;
    const struct symbols      *symbols;
    uint32_t                   n_symbols; /* those from here on are not the query's */
    const struct source_query *q;
    int64_t                    min_ms, max_ms;
    uint32_t                   label[VERDICTCOLUMNS_LABELS]; /* symbols of the names */
    uint32_t                   metric[SERIES_COUNT];
    bool                       wanted[SERIES_COUNT]; /* its name matches */
    size_t                     n_samples, max_samples;
    enum status                status; /* sticky: STATUS_LIMIT, or as matchers fail */
    struct err                *err;
    VEC(struct verdictcolumn *) made;
    struct verdictcolumn **slots;
    size_t                 n_slots;
};

/* All names of series and labels must be among the symbols. */
enum status verdictcolumns_init(struct verdictcolumns *c, struct arena *a,
                                const struct symbols *symbols, uint32_t n_symbols,
                                const struct source_query *q, struct err *err) MUST_CHECK;

/* The text's symbol, or VERDICTCOLUMNS_UNKNOWN. */
uint32_t verdictcolumns_symbol(const struct verdictcolumns *c, struct slice text);

/* Whether the selection's matchers let this value of a label through.  One that
 * fails is as one that does not, and sets status. */
bool verdictcolumns_takes(struct verdictcolumns *c, enum verdictcolumns_label l,
                          struct slice value);

/* The series of these labels; NULL: not selected, or a label is unknown.
 * any_version: a matcher version="…" is left aside. */
struct verdictcolumn *verdictcolumns_of(struct verdictcolumns *c, enum series s,
                                        struct verdictcolumns_set set, bool any_version);

/* At rising times; one at the time of the last takes its place, an earlier one is left
 * out, and so is what is outside of the selection's times.  An end that would come
 * later gives way.  NULL: nothing. */
void verdictcolumns_put(struct verdictcolumns *c, struct verdictcolumn *column, int64_t t_ms,
                        double value);

/* Prometheus's staleness marker: the series ends here, for now. */
void verdictcolumns_end(struct verdictcolumns *c, struct verdictcolumn *column, int64_t t_ms);

/* Those with samples, in the order in which they were made; handles point at
 * their struct verdictcolumn. */
enum status verdictcolumns_selection(struct verdictcolumns *c, struct arena *a,
                                     struct source_selection *out) MUST_CHECK;

#endif
