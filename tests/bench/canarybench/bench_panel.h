/* bench_panel.h - all judges side by side over one rollout. */
#ifndef CANARYBENCH_BENCH_PANEL_H
#define CANARYBENCH_BENCH_PANEL_H

#include "tests/bench/canarybench/bench_counters.h"
#include "tests/bench/canarybench/bench_coverage.h"
#include "tests/bench/canarybench/bench_looks.h"
#include "tests/bench/canarybench/bench_ours.h"
#include "tests/bench/canarybench/bench_rules.h"

/* What is judged and by what; borrowed. */
struct bench_panel_plan {
    const struct bench_world        *world;
    const struct bench_effect       *effect;
    const struct policy             *policy;
    double                           horizon_s;
    const struct calibration_frozen *strict, *calibrated; /* NULL: not judged */
    bool                             keeps_score; /* this is the null that thresholds come from */
    double                           ours_tuned, kayenta_tuned; /* NaN: not judged */
    bool                             oracle;
    bool                             coverage;
};

/* An hour of them. */
enum { BENCH_PANEL_TICKS = 3600 * 1000 / BENCH_WORLD_TICK_MS };

/* Big: one for each worker. */
struct bench_panel {
    const struct bench_panel_plan *plan;
    struct bench_play              play;
    struct bench_tick              tick;
    struct interval                interval;
    struct bench_counters         *counters; /* made when a world asks for them; kept */
    struct ledger_sight            sight;
    struct bench_ours              ours[BENCH_JUDGE_CALIBRATED + 1];
    bool                           strict_waits; /* bench_panel.c */
    uint32_t                       n_past;
    struct bench_tick              past[BENCH_PANEL_TICKS]; /* while it waits */
    struct bench_minutes           minutes;
    struct bench_rules             rules;
    struct bench_looks             looks;
    struct bench_coverage          coverage;
    struct bench_outcome           out[BENCH_JUDGES];
};

/* Plays the rollout of this number; *p is all zero before the first. */
void bench_panel_play(struct bench_panel *p, const struct bench_panel_plan *plan, uint64_t seed,
                      uint64_t number);

/* From a rollback to traffic that has left the canary. */
enum { BENCH_PANEL_REACTION_MS = 15000 };

#endif
