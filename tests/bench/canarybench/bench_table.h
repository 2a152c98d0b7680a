/* bench_table.h - the results as comma-separated rows: one for each cell and judge. */
#ifndef CANARYBENCH_BENCH_TABLE_H
#define CANARYBENCH_BENCH_TABLE_H

#include "base/text.h"
#include "tests/bench/canarybench/bench_cell.h"
#include "tests/bench/canarybench/bench_score.h"

/* The line of column names. */
void bench_table_head(struct text *out);

/* The rows of one cell.  calibrated: share of its pasts that gave thresholds, NaN
 * where it has none.  Sorts what the scores hold. */
void bench_table_rows(const struct bench_group *g, const struct bench_cell *cell, double calibrated,
                      struct bench_score scores[BENCH_JUDGES], struct text *out);

/* One row, read back. */
struct bench_table_row {
    const struct bench_group *group;
    const struct bench_cell  *cell;
    enum bench_judge          judge;
    double                    at[BENCH_COLUMNS];
};

/* False: no row of these groups. */
bool bench_table_read(struct slice line, const struct bench_group *groups, size_t n,
                      struct bench_table_row *row);

#endif
