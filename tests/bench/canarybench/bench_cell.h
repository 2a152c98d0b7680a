/* bench_cell.h - what is simulated: worlds in groups, and what the canary does in each. */
#ifndef CANARYBENCH_BENCH_CELL_H
#define CANARYBENCH_BENCH_CELL_H

#include "tests/bench/canarybench/bench_policy.h"
#include "tests/bench/canarybench/bench_world.h"

enum bench_role {
    BENCH_ROLE_NULL,      /* no regression, requests exchangeable: the promise holds */
    BENCH_ROLE_NOISE,     /* no regression, pods misbehave: promised with calibration only */
    BENCH_ROLE_TOLERABLE, /* a regression within the margins */
    BENCH_ROLE_BEYOND,    /* no regression in the service, but assumptions broken otherwise */
    BENCH_ROLE_HARM,      /* a regression beyond the pass margins */
    BENCH_ROLE_SMALL,     /* one between the margins, or one that nobody can see */
    BENCH_ROLE_BROKEN,    /* telemetry is broken */
};

const char *bench_cell_role_text(enum bench_role r);

struct bench_cell {
    enum bench_role     role;
    const char         *effect_name; /* unique in its group */
    struct bench_effect effect;
    double              ratio; /* true ratio of fault rates; NaN where it is not about faults */
};

enum { BENCH_CELL_MOST = 16, BENCH_CELL_NAME = 96 };

/* One world and what happens in it; the null comes first, where there is one. */
struct bench_group {
    char               name[BENCH_CELL_NAME]; /* unique */
    const char        *family;                /* "errors", "noise", … */
    struct bench_world world;
    enum bench_policy  policy;
    double             horizon_s;
    bool               histories; /* judged with calibration, too */
    bool               coverage;  /* are the intervals shown to people checked? */
    bool               tuned;     /* thresholds from this null, for equal false rollbacks */
    uint32_t           more;      /* times the usual number of rollouts in the null */
    uint32_t           n;
    struct bench_cell  cells[BENCH_CELL_MOST];
};

enum bench_grid { BENCH_GRID_QUICK, BENCH_GRID_FULL };

/* Static; in an order that never changes. */
const struct bench_group *bench_cell_groups(enum bench_grid grid, size_t *n);

#endif
