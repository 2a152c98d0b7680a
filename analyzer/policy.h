/* policy.h - margins, thresholds, waiting times, and what to do without data.
 *
 * Filled and bounded by daemon/config; immutable for the life of a run. */
#ifndef ANALYZER_POLICY_H
#define ANALYZER_POLICY_H

#include "analyzer/openhours.h"
#include "analyzer/check.h"
#include "analyzer/phase.h"

enum policy_advance { POLICY_ADVANCE_PROVEN, POLICY_ADVANCE_UNHARMED };
enum policy_p95_rule { POLICY_P95_INTERPOLATED, POLICY_P95_BOUNDS };
/* What is told while only the servers' side shows harm, and retries keep it from users. */
enum policy_masked {
    POLICY_MASKED_HOLD,
    POLICY_MASKED_FAIL,
    POLICY_MASKED_ABORT,
    POLICY_MASKED_IGNORE
};
/* Whether thresholds come from placebo canaries (calibration.h), and how much is
 * promised where those would not resemble the canary. */
enum policy_calibration {
    POLICY_CALIBRATION_OFF,
    POLICY_CALIBRATION_STRICT,
    POLICY_CALIBRATION_CALIBRATED
};
/* What is told instead of fail and abort. */
enum policy_mode { POLICY_ENFORCE, POLICY_ADVISE_HOLD, POLICY_ADVISE_PASS };

/* One question put to canary and baseline: the share of bad requests. */
struct policy_comparison {
    bool   on;
    double ratio_margin, absolute_margin;           /* abort: proven worse than these */
    double pass_ratio_margin, pass_absolute_margin; /* pass: proven better than these */
};

enum policy_limit_metric {
    POLICY_LIMIT_SUCCESS_RATE,
    POLICY_LIMIT_LATENCY,      /* milliseconds */
    POLICY_LIMIT_REQUEST_RATE, /* requests a second of the canary */
    POLICY_LIMIT_QUERY,        /* the one value of a PromQL expression */
};

enum { POLICY_MAX_LIMITS = 8, POLICY_LIMIT_NAME_BYTES = 32 };

/* A check of the user's own (limit.h). */
struct policy_limit {
    char                     name[POLICY_LIMIT_NAME_BYTES];
    enum policy_limit_metric metric;
    double                   min, max; /* NaN: none; in the metric's unit */
    double                   quantile; /* of LATENCY */
    const char              *query;    /* of QUERY; {{canary}} and the like stand for names */
    int64_t                  window_ms;
    uint64_t                 min_requests;
    uint32_t                 fails, of; /* 1 <= fails <= of <= 64 */
    enum verdict             no_data;   /* PASS, HOLD or FAIL */
    bool                     dry_run;
};

struct policy {
    char   name[64];
    double false_rollback_rate; /* alpha of the whole rollout */
    double false_pass_rate;     /* beta of the pass side */

    struct policy_comparison error_rate, client_errors;
    struct policy_comparison latency; /* bad: slower than a bound; each bound for itself */
    double                   latency_margin_ms; /* so much slower the canary may be */
    enum policy_masked       masked;
    struct {
        double success_rate; /* objective, a share; 0: not asked */
        double p95_ms;       /* at most 5 % of requests may be slower; 0: not asked */
    } slo;
    struct {
        bool     on;
        double   min; /* share of requests, 0..1 */
        int64_t  window_ms;
        uint64_t min_requests;
    } success_rate;
    struct {
        bool                 on;
        double               max_ms, quantile;
        int64_t              window_ms;
        uint64_t             min_requests;
        enum policy_p95_rule rule;
    } p95;
    uint32_t            n_limits;
    struct policy_limit limit[POLICY_MAX_LIMITS];

    bool guard;
    struct {
        bool         on;
        enum verdict then; /* HOLD, FAIL or ABORT: what a finding is told as */
    } mesh;
    struct {
        bool   on;
        double false_alarm_rate; /* of a rollout */
    } split;
    struct {
        enum policy_calibration mode;
        double                  weight;      /* the canary's share by which placebos are judged */
        uint32_t                canary_pods; /* 0: that share of the baseline's, rounded up */
        int64_t                 window_ms;
    } calibration;

    int64_t  warm_up_ms;        /* from the canary's first request; not judged */
    int64_t  settle_ms;         /* after each change of weight; not judged */
    int64_t  longest_gap_ms;    /* a longer interval is dropped */
    int64_t  robust_block_ms;   /* of the interval-betting half */
    int64_t  stage_min_time_ms; /* before unharmed, since the last change of weight */
    int64_t  fail_after_ms;     /* fail held this long is abort at Flagger's rollback hook */
    uint64_t min_requests;      /* of the canary, before pass or unharmed is told */
    struct {
        uint32_t min;          /* clusters in which the canary must be seen; 0: not asked */
        uint64_t min_requests; /* of the canary in each cluster that has traffic */
    } clusters;

    uint32_t            required; /* bit per enum check */
    uint32_t            dry_run;  /* bit per enum check */
    enum policy_advance advance;
    enum policy_mode    mode;
    enum verdict        no_data;           /* HOLD, FAIL or ABORT, once max_hold is over */
    bool                no_traffic_passes; /* only no_traffic, never an unreadable source */
    int64_t             max_hold_ms;       /* 0: for ever */
    enum verdict        max_hold_then;     /* HOLD, FAIL or ABORT */
    struct {
        const char      *open, *zone; /* as written; NULL: not */
        struct openhours hours;       /* of both; outside of it no step goes on */
    } windows;

    enum phase phase; /* what the canary's traffic is: part of who asks, not written by anybody */

    char hash[17]; /* of the canonical text of all of the above, hexadecimal */
};

/* Whether canary and baseline are compared at all; whether anything judges the
 * canary, by comparison or alone. */
bool policy_compares(const struct policy *p);
bool policy_judges(const struct policy *p);

/* The policy as it holds in another phase: where nothing can be compared, the
 * objectives and limits alone, and those objectives must be shown to be kept.
 * The hash is the caller's to renew. */
struct policy policy_in_phase(const struct policy *p, enum phase phase);

#endif
