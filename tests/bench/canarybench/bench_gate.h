/* bench_gate.h - what the table must show, and what it shows. */
#ifndef CANARYBENCH_BENCH_GATE_H
#define CANARYBENCH_BENCH_GATE_H

#include "tests/bench/canarybench/bench_work.h"

/* Prints each figure of the design and whether it is reached, and writes each
 * cell's bound (Holm's, 95 % for the cells of a promise together) to file.
 * False: a promise is missed by more than chance does once in a million tables,
 * or broken data were answered with anything but hold, or file cannot be written. */
bool bench_gate_check(const struct bench_table_row *rows, size_t n, const char *file);

#endif
