/* explaincounts.h - the stored intervals of a run added up, for people. */
#ifndef DAEMON_EXPLAINCOUNTS_H
#define DAEMON_EXPLAINCOUNTS_H

#include "analyzer/interval.h"

#include <stdio.h>

enum { EXPLAINCOUNTS_CELLS = 256 };

struct explaincounts_cell {
    struct interval_cell cell; /* version is unused */
    int8_t               arm;
};

/* Start it as {0}. */
struct explaincounts {
    uint32_t                  intervals, resets, partial_resets;
    int64_t                   from_ms, to_ms;
    bool                      present[VIEW_COUNT];
    struct counts             arm[VIEW_COUNT][ARM_COUNT];
    struct counts_bounds      bounds[VIEW_COUNT];
    uint64_t                  unattributed[VIEW_COUNT];
    uint32_t                  n_cells;
    uint64_t                  cells_left_out; /* requests of cells beyond the limit */
    struct explaincounts_cell cells[EXPLAINCOUNTS_CELLS];
};

void explaincounts_add(struct explaincounts *e, const struct interval *i);
void explaincounts_print(const struct explaincounts *e, FILE *to);

#endif
