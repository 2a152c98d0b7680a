/* sim_chance.h - seeded random draws: one stream for each thing that draws. */
#ifndef MESHSIM_SIM_CHANCE_H
#define MESHSIM_SIM_CHANCE_H

#include "base/base.h"

/* xoshiro256++ (Blackman and Vigna 2019), seeded through splitmix64. */
struct sim_chance {
    uint64_t s[4];
};

/* Streams of one seed are independent of each other for all we care. */
void sim_chance_seed(struct sim_chance *c, uint64_t seed, uint64_t stream);

double   sim_chance_uniform(struct sim_chance *c);           /* [0, 1) */
uint32_t sim_chance_below(struct sim_chance *c, uint32_t n); /* 0 .. n-1; n > 0 */
double   sim_chance_exponential(struct sim_chance *c);       /* mean 1 */
double   sim_chance_normal(struct sim_chance *c);            /* mean 0, deviation 1 */

#endif
