/* promreply.h - the JSON reply of the Prometheus HTTP API as plain structs.
 *
 * prometheus.io/docs/prometheus/latest/querying/api, "Format overview" and
 * "Expression query result formats". */
#ifndef PROMQL_PROMREPLY_H
#define PROMQL_PROMREPLY_H

#include "base/arena.h"
#include "base/err.h"

enum promreply_kind {
    PROMREPLY_VECTOR,
    PROMREPLY_MATRIX,
    PROMREPLY_SCALAR,
    PROMREPLY_STRING,
};

struct promreply_label {
    struct slice name, value;
};

struct promreply_point {
    int64_t t_ms;
    double  value;
};

struct promreply_series {
    const struct promreply_label *labels; /* in the reply's order, each name once */
    size_t                        n_labels;
    const struct promreply_point *points; /* exactly one in a vector */
    size_t                        n_points;
};

/* Everything lives in the arena it was parsed into. */
struct promreply {
    enum promreply_kind            kind;
    const struct promreply_series *series; /* of a vector or matrix */
    size_t                         n_series;
    struct promreply_point         scalar; /* of a scalar; its time, of a string */
    struct slice                   string;
    const struct slice            *warnings; /* a partial answer warns too */
    size_t                         n_warnings;
    const struct slice            *infos;
    size_t                         n_infos;
};

/* Above them: STATUS_LIMIT.  Zero stands for the default. */
struct promreply_limits {
    size_t max_series; /* 50,000 */
    size_t max_points; /* 2,000,000 over all series */
    size_t max_labels; /* 64 of one series, at most PROMREPLY_MAX_LABELS */
};

enum {
    PROMREPLY_MAX_LABELS = 128,
    PROMREPLY_MAX_NOTES = 32, /* of warnings and infos each; more are counted in the last */
};

/* The body is copied into the arena.
 * STATUS_MALFORMED: not such a reply; native histograms too, which nothing
 * here can read.  Prometheus's own errors, with its words in err: bad_data and
 * execution are STATUS_BAD_QUERY, timeout is STATUS_TIMEOUT, all others
 * STATUS_REFUSED; *out then holds the warnings alone. */
enum status promreply_parse(struct arena *a, struct slice body,
                            const struct promreply_limits *limits, struct promreply *out,
                            struct err *err) MUST_CHECK;

/* The value under a label's name, or an empty slice. */
struct slice promreply_label(const struct promreply_series *s, const char *name);

#endif
