/* bench_work.h - groups played by several processes, resumable, into one table.
 *
 * A group is the unit: its rows are appended in one piece and closed by an end
 * line, so that a killed run goes on where it was.  What a group comes to
 * depends on the seed and its own name only. */
#ifndef CANARYBENCH_BENCH_WORK_H
#define CANARYBENCH_BENCH_WORK_H

#include "tests/bench/canarybench/bench_cell.h"
#include "tests/bench/canarybench/bench_table.h"

struct bench_work_plan {
    enum bench_grid grid;
    uint64_t        seed;
    uint32_t        rollouts;           /* of a cell; of a group's null times its more */
    uint32_t        histories, windows; /* pasts of a group; placebo windows in each */
    uint32_t        workers;
    const char     *match; /* only groups whose name has it; NULL: all */
    const char     *file;  /* where the table goes; FILE.part while it grows */
};

/* Plays what is not in FILE.part yet, then writes FILE.  False: a worker failed,
 * or FILE.part is of another plan; stderr says what. */
bool bench_work_do(const struct bench_work_plan *plan);

/* The table's rows, from memory of the caller's; NULL: it cannot be read. */
struct bench_table_row *bench_work_read(const struct bench_work_plan *plan, size_t *n);

#endif
