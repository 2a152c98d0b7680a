#include "tests/meshsim/sim_chance.h"

#include <math.h>

static uint64_t
splitmix(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void
sim_chance_seed(struct sim_chance *c, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed;

    x = splitmix(&x) + stream;
    for (size_t i = 0; i < ARRAY_LEN(c->s); i++)
        c->s[i] = splitmix(&x);
}

static uint64_t
rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static uint64_t
draw(struct sim_chance *c)
{
    uint64_t *s = c->s;
    uint64_t  result = rotl(s[0] + s[3], 23) + s[0];
    uint64_t  t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

double
sim_chance_uniform(struct sim_chance *c)
{
    return (double)(draw(c) >> 11) * 0x1p-53;
}

uint32_t
sim_chance_below(struct sim_chance *c, uint32_t n)
{
    return (uint32_t)(((draw(c) >> 32) * n) >> 32);
}

double
sim_chance_exponential(struct sim_chance *c)
{
    return -log1p(-sim_chance_uniform(c));
}

/* Box and Muller 1958; the second value is thrown away to keep no state. */
double
sim_chance_normal(struct sim_chance *c)
{
    double r = sqrt(2 * sim_chance_exponential(c));

    return r * cos(2 * 3.14159265358979323846 * sim_chance_uniform(c));
}
