/* bench_draw.h - counts and levels drawn by chance, from one seeded stream. */
#ifndef CANARYBENCH_BENCH_DRAW_H
#define CANARYBENCH_BENCH_DRAW_H

#include "tests/meshsim/sim_chance.h"

/* Exact, by inversion where the mean is under 10 and by transformed rejection
 * above (Hoermann 1993: PTRS, BTRS). */
uint64_t bench_draw_poisson(struct sim_chance *c, double mean);
uint64_t bench_draw_binomial(struct sim_chance *c, uint64_t n, double p);

/* Trials up to and with the first success: 1, 2, …; mean >= 1. */
uint64_t bench_draw_geometric(struct sim_chance *c, double mean);

#endif
