/* run_play.h - a run that is played by hand: intervals, snapshots, questions. */
#ifndef TESTS_UNIT_ANALYZER_RUN_PLAY_H
#define TESTS_UNIT_ANALYZER_RUN_PLAY_H

#include "analyzer/run.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

/* 2023-11-14T22:13:20Z */
#define PLAY_T0 INT64_C(1700000000000)

/* The defaults of config.def. */
static inline struct policy
play_policy(void)
{
    return (struct policy){
        .name = "default",
        .hash = "0123456789abcdef",
        .false_rollback_rate = .01,
        .false_pass_rate = .05,
        .error_rate = {true, 1.1, .0005, 1.5, .001},
        .success_rate = {.min = .99, .window_ms = 60000, .min_requests = 100},
        .p95 = {.max_ms = 250, .quantile = .95, .window_ms = 60000, .min_requests = 100},
        .guard = true,
        .warm_up_ms = 60000,
        .settle_ms = 30000,
        .longest_gap_ms = 60000,
        .robust_block_ms = 15000,
        .stage_min_time_ms = 60000,
        .fail_after_ms = 120000,
        .min_requests = 100,
        .required = 1u << CHECK_ERROR_RATE,
    };
}

static inline struct run_identity
play_who(void)
{
    return (struct run_identity){.id = "01HF7YAT00000000000000000A",
                                 .service = "reviews",
                                 .ns = "prod",
                                 .source = "mesh",
                                 .canary = "v2",
                                 .baseline = "v1",
                                 .key = "version",
                                 .revision = "v2",
                                 .attempt = 1};
}

/* Big: one of them is static, not on the stack. */
struct play {
    struct policy   policy;
    struct run      r;
    struct interval i;
    int64_t         now_ms;
};

static inline void
play_start(struct play *p, const struct policy *policy)
{
    struct run_identity who = play_who();

    memset(p, 0, sizeof *p);
    p->policy = *policy;
    p->now_ms = PLAY_T0;
    run_start(&p->r, &who, &p->policy, 30000, p->now_ms);
}

/* Both versions are there, their samples as fresh as can be. */
static inline struct ledger_sight
play_sight(int64_t now_ms)
{
    return (struct ledger_sight){.canary_seen = true,
                                 .baseline_seen = true,
                                 .n_keys = 2,
                                 .most_workloads = 1,
                                 .keys = "v1, v2",
                                 .newest_ms = {now_ms, now_ms},
                                 .view_seen = {true, false}};
}

static inline void
play_sighted(struct play *p)
{
    struct ledger_sight s = play_sight(p->now_ms);

    run_sighted(&p->r, &s, p->now_ms);
}

static inline void
play_fill(struct play *p, enum counts_view view, int64_t length_ms, uint64_t canary,
          uint64_t canary_bad, uint64_t baseline, uint64_t baseline_bad)
{
    const struct pair pair = {.n = {canary, baseline}, .x = {canary_bad, baseline_bad}};

    memset(&p->i, 0, sizeof p->i);
    traffic_fill(&p->i, view, p->now_ms - length_ms, p->now_ms, &pair);
}

/* length_ms pass, with these requests and faults in one interval; then the run
 * decides.  What run_decide() said. */
static inline bool
play(struct play *p, int64_t length_ms, uint64_t canary, uint64_t canary_bad, uint64_t baseline,
     uint64_t baseline_bad)
{
    p->now_ms += length_ms;
    play_fill(p, VIEW_USER, length_ms, canary, canary_bad, baseline, baseline_bad);
    play_sighted(p);
    assert_true(run_interval(&p->r, &p->i));
    return run_decide(&p->r, p->now_ms);
}

/* n intervals of 5 s of a canary as good as its baseline. */
static inline void
play_well(struct play *p, int n, uint64_t canary, uint64_t baseline)
{
    for (int i = 0; i < n; i++)
        (void)play(p, 5000, canary, 0, baseline, 0);
}

/* Time passes, snapshots come, nobody calls. */
static inline void
play_quiet(struct play *p, int64_t length_ms)
{
    p->now_ms += length_ms;
    play_sighted(p);
    (void)run_decide(&p->r, p->now_ms);
}

static inline void
play_told(const struct view_answer *a, enum verdict v, enum verdict_reason why, const char *where,
          int line)
{
    if (a->verdict != v || a->reason != why)
        fail_msg("%s:%d: %s (%s: %s), want %s (%s)", where, line, verdict_text(a->verdict),
                 verdict_reason_text(a->reason), a->message, verdict_text(v),
                 verdict_reason_text(why));
}

#define PLAY_TOLD(a, v, why) play_told((a), VERDICT_##v, REASON_##why, __FILE__, __LINE__)
#define PLAY_PROMOTE(p, v, why) PLAY_TOLD(&(p)->r.promote, v, why)
#define PLAY_STEP(p, v, why) PLAY_TOLD(&(p)->r.step, v, why)

#endif
