/* bench_judge.h - who judges, and what each came to in one rollout. */
#ifndef CANARYBENCH_BENCH_JUDGE_H
#define CANARYBENCH_BENCH_JUDGE_H

#include "base/base.h"

enum bench_judge {
#define JUDGE(name, text, what) BENCH_JUDGE_##name,
#define KAYENTA(name, text, first, every, lookback, control, allowed, what) BENCH_JUDGE_##name,
#include "tests/bench/canarybench/bench_judge.def"
    BENCH_JUDGES
};

const char *bench_judge_text(enum bench_judge j);
const char *bench_judge_what(enum bench_judge j);

/* Judges of this tree's analyzer. */
static inline bool
bench_judge_is_ours(enum bench_judge j)
{
    return j <= BENCH_JUDGE_OURS_TUNED;
}

/* Variants of Kayenta as it is delivered. */
static inline bool
bench_judge_is_kayenta(enum bench_judge j)
{
    return j >= BENCH_JUDGE_KAYENTA_10 && j <= BENCH_JUDGE_KAYENTA_MINUTE;
}

/* Times from the rollout's start; -1: never. */
struct bench_outcome {
    bool     judged; /* this judge took part */
    int64_t  rollback_ms;
    int64_t  pass_ms;    /* first pass */
    bool     false_pass; /* passed although it was worse than the pass margins */
    double   harm;       /* excess bad requests until the rollback had reached traffic */
    double   score;      /* the highest value of what is compared with a threshold */
    double   need_ratio; /* requests it took until pass over those it said; NaN */
    bool     covered, missed_share, missed_ratio, missed_p95; /* bench_coverage.h */
    uint32_t blind, wrong, named; /* looks while telemetry was broken; of these: told pass,
                                     fail or abort; told the right reason */
};

#endif
