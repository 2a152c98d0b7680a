/* timeline.h - a run over time, for people: counts, evidence and pods, for plots.
 *
 * Fed with intervals from the first on.  When it has as many points as it may, each
 * two become one: a day has no more points than an hour.  Nothing is decided here. */
#ifndef ANALYZER_TIMELINE_H
#define ANALYZER_TIMELINE_H

#include "analyzer/point.h"
#include "analyzer/run.h"

enum { TIMELINE_POINTS = 500, TIMELINE_PODS = 256 };

struct timeline_count {
    uint64_t requests, faults;
};

/* Some intervals that follow each other.  What is not known is NaN. */
struct timeline_point {
    int64_t               start_ms, end_ms;
    uint32_t              intervals;
    struct timeline_count at[VIEW_COUNT][ARM_COUNT];
    /* As of its end: */
    bool                decided; /* the rest is known */
    enum verdict        verdict;
    enum verdict_reason reason;
    double              weight; /* percent */
    double              evidence[CHECK_COUNT], pass_evidence[CHECK_COUNT];
};

struct timeline_pod {
    char     name[INTERVAL_NAME_BYTES], version[INTERVAL_NAME_BYTES];
    uint8_t  arm;    /* enum counts_arm */
    uint32_t folded; /* 0: one pod; else so many share the row */
    uint64_t requests, faults, timed, over[INTERVAL_MONITORED];
};

/* About 1 MiB. */
struct timeline {
    uint32_t                  max_points, stride; /* intervals of a point */
    uint32_t                  n_points, n_pods;
    uint64_t                  intervals, pods_left_out;
    bool                      coarse; /* made of points, not of intervals */
    bool                      present[VIEW_COUNT];
    struct timeline_point     points[TIMELINE_POINTS];
    struct counts             arm[VIEW_COUNT][ARM_COUNT];
    struct counts_bounds      bounds[VIEW_COUNT]; /* of the buckets in arm */
    struct interval_monitored monitored;          /* what over counts, of the attempt view */
    struct timeline_pod       pods[TIMELINE_PODS];
    double                    limit[CHECK_COUNT], pass_limit[CHECK_COUNT]; /* the newest; NaN */
};

/* 2 to TIMELINE_POINTS. */
void timeline_init(struct timeline *t, uint32_t max_points);

/* run: as it was decided after the interval; NULL: not known. */
void timeline_add(struct timeline *t, const struct interval *i, const struct run *run);

/* What happened between two of a run's points (point.h), where its intervals are not
 * kept any more: no pods, and no evidence for the canary.  The first one's before is all
 * zero.  Never beside timeline_add(). */
void timeline_add_between(struct timeline *t, const struct point *before, int64_t before_ms,
                          const struct point *now, int64_t now_ms);

/* What users see where that is known, else the servers' side. */
enum counts_view timeline_view(const struct timeline *t);

enum { TIMELINE_FAILS = 1, TIMELINE_SLOW = 2 };

/* How the pod stands out of its arm: its confidence sequence and that of the others
 * together do not meet, alpha shared among all pods and both questions. */
unsigned timeline_stands_out(const struct timeline *t, const struct timeline_pod *p, double alpha);

#endif
