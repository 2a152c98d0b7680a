/* bench_score.h - what the rollouts of one cell came to, for each judge. */
#ifndef CANARYBENCH_BENCH_SCORE_H
#define CANARYBENCH_BENCH_SCORE_H

#include "tests/bench/canarybench/bench_bound.h"
#include "tests/bench/canarybench/bench_cell.h"
#include "tests/bench/canarybench/bench_judge.h"

/* Rollouts of one cell and judge; owns its arrays. */
struct bench_score {
    uint32_t n, most;
    uint64_t rollbacks, passes, false_passes, blind, wrong, named;
    uint64_t covered, missed_share, missed_ratio, missed_p95;
    uint64_t held, by_5, by_15; /* minutes after the onset */
    double  *delay_s; /* from the onset to the rollback; the horizon's end where there was none */
    double  *harm, *pass_s, *need, *score;
    uint32_t n_pass, n_need;
};

void bench_score_init(struct bench_score *s, uint32_t most);
void bench_score_release(struct bench_score *s);
void bench_score_add(struct bench_score *s, const struct bench_outcome *o,
                     const struct bench_effect *e, double horizon_s);

/* The value that a share of this many rollouts was over: a threshold. */
double bench_score_quantile(const struct bench_score *s, double over);

/* One row of numbers; what is not known is NaN. */
enum bench_column {
#define COLUMN(name, text, what) BENCH_COLUMN_##name,
#include "tests/bench/canarybench/bench_column.def"
    BENCH_COLUMNS
};

const char *bench_score_column(enum bench_column c);
void        bench_score_row(struct bench_score *s, double row[BENCH_COLUMNS]);

#endif
