/* run.h - the judging of one revision of one service, from first question to end.
 *
 *   STARTING --run_sighted--> WAITING --run_interval--> WARMING --run_interval--> JUDGING
 *      |                         |        (canary has        |    (warm-up over)     |
 *      |                         |         requests)         |                       |
 *      +----------+--------------+---------------------------+-----------------------+
 *                 | run_decide: a check aborts                      | run_end
 *                 v                                                 v
 *              ABORTED (latched) ------------run_end-------------> ENDED
 *
 * run_override lets a person say otherwise: over what was judged, which goes on
 * and stays in the history.
 *
 * A retry of the same revision is a new run with attempt + 1 (run_start), whose
 * false-rollback rate is halved: what was spent once is not spent again.
 *
 * Pure: time comes in as an argument, wall milliseconds throughout (monotonic
 * time only passes through to the view).  Equal calls give equal bytes. */
#ifndef ANALYZER_RUN_H
#define ANALYZER_RUN_H

#include "analyzer/clusters.h"
#include "analyzer/data.h"
#include "analyzer/guard.h"
#include "analyzer/judgement.h"
#include "analyzer/limit.h"
#include "analyzer/mesh.h"
#include "analyzer/override.h"
#include "analyzer/share.h"
#include "analyzer/split.h"
#include "analyzer/threshold.h"
#include "analyzer/view.h"

struct runlog;

enum run_state { RUN_STARTING, RUN_WAITING, RUN_WARMING, RUN_JUDGING, RUN_ABORTED, RUN_ENDED };

enum {
    RUN_IDLE_MS = 15 * 60 * 1000,      /* neither question nor canary traffic: ended */
    RUN_LONGEST_MS = 24 * 3600 * 1000, /* ended in any case */
    RUN_TOLD_MS = 3600 * 1000,         /* how long an ended abort is told to its revision */
    RUN_LOST_HALF_LIFE_MS = 60 * 1000, /* of the faults that no version has */
    RUN_SHOWN_MS = 60 * 1000,          /* window of the success rate and p95 that are shown */
};

struct run_identity {
    char     id[ULID_BYTES];
    char     service[VIEW_NAME_BYTES], ns[VIEW_NAME_BYTES], source[64];
    char     canary[VIEW_NAME_BYTES], baseline[VIEW_NAME_BYTES];
    char     key[64], revision[VIEW_NAME_BYTES];
    uint32_t attempt; /* from 1 */
};

struct run {
    struct run_identity  who;
    const struct policy *policy; /* borrowed; outlives the run */
    struct runlog       *log;    /* borrowed; notes what the run is told; NULL: nothing does */
    enum run_state       state;
    int64_t              started_ms, asked_ms, ended_ms;
    char                 end_cause[32];

    int64_t             max_age_ms;
    enum verdict_reason blind;
    char                blind_detail[VIEW_MESSAGE_BYTES];
    int64_t             snapshot_ms; /* last good one: where a restart goes on */
    int64_t             view_ms;     /* last one that showed the judged view at all; 0: none did */
    struct ledger_sight sight;

    int64_t  interval_end_ms;
    int      view; /* enum counts_view judged by; -1 until the first judged interval */
    uint64_t requests[ARM_COUNT], judged;
    int64_t  canary_first_ms, canary_last_ms;

    double   weight; /* percent, NaN: not told */
    uint32_t stage;  /* how many weights there were before this one */
    int64_t  weight_ms;
    uint64_t since_weight[ARM_COUNT];

    struct judgement        judgement;
    struct threshold        success_rate, p95;
    struct limit            limit[POLICY_MAX_LIMITS]; /* policy's n_limits of them */
    struct threshold_window shown;                    /* for people: last minute of both arms */
    struct guard            guard;
    struct mesh             mesh;
    struct split            split;
    struct share            share;
    struct clusters         clusters;
    double lost, lost_of; /* users' faults that no version has, of all requests; fading */
    double canary_per_s;  /* of the last interval, for "seconds needed" */

    struct check_result checks[CHECK_COUNT], limits[POLICY_MAX_LIMITS];
    /* What the checks say, before mode and latch; of an ended run what was told last. */
    struct view_answer found;
    struct view_answer decided, decided_step; /* by checks, mode and latch */
    struct view_answer promote, step;         /* what is told: that, or what a person says */
    struct override    override;
    int64_t            hold_since_ms, fail_since_ms; /* 0: not now */
    int64_t            missing_since_ms;             /* of a hold for want of data */

    bool    confirm_seen, promotion_told;
    int64_t first_step_ms; /* when confirm-traffic-increase was granted without traffic */
};

/* All zero, state STARTING, already decided once. */
void run_start(struct run *r, const struct run_identity *who, const struct policy *p,
               int64_t max_age_ms, int64_t now_ms);

/* Thresholds from the service's placebo canaries, frozen now: right after
 * run_start(), before any interval. */
void run_calibrate(struct run *r, const struct calibration_frozen *frozen);

/* What is usual for the service's routes, known before the run: as run_calibrate(). */
void run_routes(struct run *r, const struct routes *before);

/* What the run may spend: the policy's false_rollback_rate over 2^(attempt - 1);
 * all attempts together at most twice the rate. */
double run_alpha(const struct policy *p, uint32_t attempt);

/* A good snapshot was taken at at_ms. */
void run_sighted(struct run *r, const struct ledger_sight *sight, int64_t at_ms);

/* No snapshot: why (source_unreachable, source_error, no_instance_label, …)
 * and a sentence for people. */
void run_blind(struct run *r, enum verdict_reason why, const char *detail);

/* A closed interval.  No instant is taken twice: one that begins before the end of
 * the last is ignored and false returned.  One over the policy's longest gap, or
 * without the view that the run is judged by, is counted and not judged. */
bool run_interval(struct run *r, const struct interval *i);

/* Somebody asked; weight NaN: not said.  A new weight starts the settle time
 * and the stage.  While nobody has said one, steps are found in the traffic
 * itself (share.h). */
void run_asked(struct run *r, double weight, int64_t now_ms);

/* The clock that now_ms comes from was set, by_ms ahead or (below 0) back: what
 * was noted by it moves along, so that no wait ends or begins anew by that.
 * Times of the source stay. */
void run_clock_set(struct run *r, int64_t by_ms);

/* What the gates did (api.md); each counts once. */
void run_confirm_seen(struct run *r);
void run_first_step(struct run *r, int64_t now_ms);
void run_promotion_told(struct run *r);

/* A person's word; told from the next run_decide() on, while it holds.  CLEAR ends
 * the one before, and an aborted run with it (end_cause "cleared"): nothing is
 * told of its abort any more, and the revision's next question starts a new
 * attempt.  false, and nothing is changed: the run has ended, but for a clear of
 * an abort that is still told. */
bool run_override(struct run *r, const struct override *o, int64_t now_ms);

/* Recompute checks and answers; of an aborted or ended run the checks only (of
 * an ended one as of its end).  True when promote's verdict or reason, or
 * step's verdict, is another than before. */
bool run_decide(struct run *r, int64_t now_ms);

/* NULL, or why the run is over by itself. */
const char *run_expired(const struct run *r, int64_t now_ms);
void        run_end(struct run *r, const char *cause, int64_t now_ms);

/* True for a run that ended aborted less than an hour ago. */
bool run_still_told(const struct run *r, int64_t now_ms);

/* What gates tell.  now_mono_ms belongs to the same instant as now_ms.  The
 * caller sets view->id. */
void run_view(const struct run *r, int64_t now_ms, int64_t now_mono_ms, struct verdict_view *out);

#endif
