/* point.h - a run's numbers at one instant: what its series are made of.
 *
 * Counts are since the run's start, so that a reader who leaves points out loses
 * no request. */
#ifndef ANALYZER_POINT_H
#define ANALYZER_POINT_H

#include "analyzer/interval.h"
#include "analyzer/view.h"

enum { POINT_MAX_CHECKS = CHECK_COUNT + POLICY_MAX_LIMITS };

struct point_counts {
    uint64_t requests, faults;          /* as counts_requests(), counts_faults() */
    uint64_t bucket[COUNTS_MAX_BOUNDS]; /* not cumulative, under the point's bounds */
};

struct point_version {
    char                name[INTERVAL_NAME_BYTES];
    int8_t              arm; /* enum counts_arm, or -1: neither */
    struct point_counts at[VIEW_COUNT];
};

/* Numbers that are not known are NaN. */
struct point_check {
    char         name[POLICY_LIMIT_NAME_BYTES];
    enum verdict verdict;
    double       evidence, value, limit;
};

/* Fixed size (about 36 KiB), no ownership.  All zero is the start of a run. */
struct point {
    enum verdict         promote, step;
    enum verdict_reason  reason;                /* of promote */
    double               weight, need_requests; /* percent; NaN: not known */
    struct counts_bounds bounds[VIEW_COUNT];
    uint32_t             n_versions;
    struct point_version versions[INTERVAL_MAX_VERSIONS];
    uint32_t             n_checks; /* those that are configured */
    struct point_check   checks[POINT_MAX_CHECKS];
};

/* Add what an interval counted.  Other bucket bounds than before: buckets begin
 * anew, as a counter does that was reset.  More versions than there is room for
 * are "other". */
void point_count(struct point *p, const struct interval *i);

/* Take answers and checks from a view. */
void point_answer(struct point *p, const struct verdict_view *v);

/* The stored row, some 300 bytes.  STATUS_SYNTAX: not such a row; *out is zeroed. */
void        point_pack(const struct point *p, struct text *out);
enum status point_unpack(struct slice row, struct point *out, struct err *err) MUST_CHECK;

#endif
