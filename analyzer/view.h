/* view.h - what a gate tells about a run: numbers and sentences, immutable.
 *
 * Fixed size and without pointers, so that it is published by copying it. */
#ifndef ANALYZER_VIEW_H
#define ANALYZER_VIEW_H

#include "analyzer/calibration.h"
#include "analyzer/policy.h"
#include "analyzer/counts.h"
#include "analyzer/phase.h"
#include "base/ulid.h"

enum {
    VIEW_NAME_BYTES = 254,
    VIEW_MESSAGE_BYTES = 201, /* ASCII without <, >, & */
};

enum view_state { VIEW_STARTING, VIEW_LIVE, VIEW_ENDED };

/* Numbers that are not known are NaN. */
struct view_arm {
    uint64_t requests;     /* since the run's start */
    double   success_rate; /* over the display window, 0..1 */
    double   p95_ms, p95_lower_ms, p95_upper_ms;
};

struct view_answer {
    enum verdict        verdict;
    enum verdict_reason reason;
    char                message[VIEW_MESSAGE_BYTES];
};

struct verdict_view {
    char       run[ULID_BYTES], id[ULID_BYTES]; /* id: of the stored verdict transition */
    char       service[VIEW_NAME_BYTES], ns[VIEW_NAME_BYTES];
    char       canary[VIEW_NAME_BYTES], baseline[VIEW_NAME_BYTES]; /* baseline "": every other */
    char       key[64], revision[VIEW_NAME_BYTES], policy[64], policy_hash[17];
    enum phase phase;
    enum view_state state;
    uint32_t        attempt; /* 1, and one more for each retry */

    struct view_answer promote; /* what stage=promote is told */
    struct view_answer step;    /* what stage=step is told */

    int64_t evaluated_wall_ms, evaluated_mono_ms;
    int64_t max_age_ms;         /* a pass or fail older than this is told as hold stale_data */
    bool    user_view;          /* false: only the servers' side is seen */
    bool    canary_seen;        /* it has had a request in this run */
    bool    aborted;            /* latched */
    int64_t fail_since_mono_ms; /* 0: not failing now */
    int64_t fail_after_ms;
    double  weight; /* percent, NaN: not known */
    double  need_requests, need_seconds;

    struct view_arm     arm[ARM_COUNT];
    struct check_result checks[CHECK_COUNT];
    uint32_t            n_limits; /* the policy's own, by name */
    char                limit_name[POLICY_MAX_LIMITS][POLICY_LIMIT_NAME_BYTES];
    struct check_result limits[POLICY_MAX_LIMITS];

    struct calibration_frozen calibration;

    /* Of the Flagger gates (api.md): */
    bool    confirm_seen;       /* a confirm hook asked for this revision */
    int64_t first_step_mono_ms; /* when the step without traffic was granted; 0: not yet */
    bool    promotion_told;     /* confirm-promotion was told pass, and nothing bad since */
};

/* Age at now: hold stale_data where the answer is a pass or fail and too old,
 * else the answer itself.  Any thread. */
struct view_answer view_aged(const struct verdict_view *v, const struct view_answer *a,
                             int64_t now_mono_ms);

/* Turn a message into what api.md allows: ASCII, no <, >, &, at most 200 bytes. */
void view_clean(char message[VIEW_MESSAGE_BYTES]);

#endif
