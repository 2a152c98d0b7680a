/* data.h - the data check: is there anything to judge by? */
#ifndef ANALYZER_DATA_H
#define ANALYZER_DATA_H

#include "analyzer/clusters.h"
#include "analyzer/ledger.h"
#include "analyzer/policy.h"

/* What the check looks at.  Times are wall milliseconds, 0: never. */
struct data_facts {
    const struct policy   *policy;
    int64_t                now_ms;
    enum verdict_reason    blind;       /* why the last snapshot failed; REASON_NONE: it did not */
    int64_t                snapshot_ms; /* last good snapshot */
    int64_t                view_ms;     /* last one that had series of the judged view */
    int64_t                counted_ms;  /* newest sample time that was counted */
    struct ledger_sight    sight;       /* of the last good snapshot */
    int64_t                max_age_ms;  /* samples older than this are stale */
    uint64_t               requests[ARM_COUNT];             /* since the run's start */
    uint64_t               judged;                          /* canary requests after warm-up */
    int64_t                canary_first_ms, canary_last_ms; /* its first and latest requests */
    double                 weight;                          /* percent, NaN: not told */
    uint64_t               since_weight; /* requests of both arms since the weight was set */
    const struct clusters *clusters;
    double                 lost, lost_of; /* lately: faults that no version has, of all requests */
};

/* A canary that stops getting requests for this long is "no traffic" again:
 * what was shown before says nothing about now. */
enum { DATA_SILENCE_MS = 120000 };

/* Over this share of all requests, and not fewer than so many, faults that no
 * version has are no noise: a canary whose hosts are all ejected at times looks
 * sound whenever it is there. */
#define DATA_LOST_SHARE .01
enum { DATA_LOST_LEAST = 10 };

/* The first thing that is missing, in the order in which a person would look;
 * REASON_NONE: everything is there. */
enum verdict_reason data_reason(const struct data_facts *f);

/* True for the reasons that say "cannot tell at all": no waiting for more
 * requests mends them. */
bool data_is_missing(enum verdict_reason r);

#endif
