/* backtest.h - a service's own past under a policy: what it would have cost.
 *
 * The baseline against itself, split by pod: every placebo canary of placebo.h
 * is a rollout of the very same program, so each that is rolled back is a false
 * rollback.  What a regression would have to be, and how long a good canary
 * takes, follows from the traffic and the faults that were seen; both are
 * estimates, nothing is decided by them. */
#ifndef DAEMON_BACKTEST_H
#define DAEMON_BACKTEST_H

#include "analyzer/placeborule.h"
#include "daemon/backtestlimits.h"

enum { BACKTEST_WEIGHTS = 5 };

/* NaN: never at this weight. */
struct backtest_weight {
    double weight;       /* of the canary, a share */
    double canary_per_s; /* its requests */
    double detects;      /* smallest share of faults found within a window, without calibration */
    double calibrated;   /* with the thresholds at the end; NaN also where there are none */
    double pass_s;       /* until a canary as good as the baseline passes, warm-up included */
};

struct backtest_report {
    int64_t                   from_ms, to_ms; /* of the intervals; 0: there was none */
    uint64_t                  intervals;
    uint32_t                  windows, dropped, pods;
    struct calibration_tally  plain;         /* by the rule without calibration */
    struct calibration_tally  calibrated;    /* of those that had thresholds by then, with them */
    struct calibration_frozen thresholds;    /* at the end */
    double                    per_s, faults; /* requests, and the share of faults among them */
    struct backtest_weight    at[BACKTEST_WEIGHTS];
    uint32_t                  n_limits;
    struct backtest_limit     limits[BACKTEST_MAX_LIMITS];
};

struct backtest;

/* The policy is borrowed. */
struct backtest *backtest_new(const struct policy *p);
void             backtest_free(struct backtest *b);

/* Every interval of the past once, in order; all versions are the baseline. */
void backtest_interval(struct backtest *b, const struct interval *i);

void backtest_report(const struct backtest *b, struct backtest_report *out);

/* 95 % Wilson interval of k of n, as shares. */
struct backtest_range {
    double lower, upper;
};
struct backtest_range backtest_range(uint32_t k, uint32_t n);

#endif
