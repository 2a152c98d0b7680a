/* counts.h - requests of one version in one interval, by class and bucket. */
#ifndef ANALYZER_COUNTS_H
#define ANALYZER_COUNTS_H

#include "analyzer/class.h"

enum { COUNTS_MAX_BOUNDS = 48 };

/* Upper bounds of latency buckets in milliseconds, rising; the last is +Inf.
 * n == 0: no histogram. */
struct counts_bounds {
    uint32_t n;
    double   le_ms[COUNTS_MAX_BOUNDS];
};

struct counts {
    uint64_t by_class[CLASS_COUNT];
    uint64_t no_response;               /* part of by_class[CLASS_CLIENT] */
    uint64_t client_errors;             /* part of by_class[CLASS_OK] */
    uint64_t bucket[COUNTS_MAX_BOUNDS]; /* not cumulative, under the owner's bounds */
};

enum counts_arm { ARM_CANARY, ARM_BASELINE, ARM_COUNT };

/* user: reporter source or waypoint, final outcomes.  attempt: reporter
 * destination, every try. */
enum counts_view { VIEW_USER, VIEW_ATTEMPT, VIEW_COUNT };

void     counts_add(struct counts *to, const struct counts *from);
uint64_t counts_requests(const struct counts *c); /* ok + app + infrastructure */
uint64_t counts_faults(const struct counts *c);   /* app + infrastructure */
uint64_t counts_timed(const struct counts *c);    /* sum of the buckets */

const char *counts_arm_text(enum counts_arm a);
const char *counts_view_text(enum counts_view v);

#endif
