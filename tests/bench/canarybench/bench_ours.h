/* bench_ours.h - a run of the real analyzer, fed with ticks. */
#ifndef CANARYBENCH_BENCH_OURS_H
#define CANARYBENCH_BENCH_OURS_H

#include "analyzer/run.h"
#include "tests/bench/canarybench/bench_judge.h"
#include "tests/bench/canarybench/bench_world.h"

struct bench_ours {
    struct run               run;
    const struct bench_play *play;
    struct bench_outcome    *out;
    bool                     keeps_score;     /* set after the start: goes on behind an abort */
    double                   need, need_from; /* requests that were said to be needed, and when */
};

/* policy, play and out are borrowed; frozen NULL: no history. */
void bench_ours_start(struct bench_ours *o, const struct policy *policy,
                      const struct calibration_frozen *frozen, const struct bench_play *play,
                      struct bench_outcome *out);

/* What the sampler has after a tick. */
struct bench_feed {
    const struct interval     *closed; /* NULL: none is */
    const struct ledger_sight *sight;  /* NULL: both versions are there and fresh */
    enum verdict_reason        blind;  /* nothing can be counted: why */
};

void bench_ours_step(struct bench_ours *o, const struct bench_tick *t, const struct bench_feed *f);

/* Log of the judged view's weighted sum. */
double bench_ours_score(const struct bench_ours *o);

#endif
