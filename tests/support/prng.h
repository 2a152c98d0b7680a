/* prng.h - seeded chance for property tests: the same numbers in every run. */
#ifndef TESTS_SUPPORT_PRNG_H
#define TESTS_SUPPORT_PRNG_H

#include <stdint.h>
#include <string.h>

/* SplitMix64 (Steele, Lea and Flood 2014).  Start it as {seed}. */
struct prng {
    uint64_t state;
};

static inline uint64_t
prng_next(struct prng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* 0 to n - 1; the bias of % is of no account here. */
static inline uint64_t
prng_below(struct prng *r, uint64_t n)
{
    return prng_next(r) % n;
}

/* Any bit pattern: subnormals, infinities and NaNs among them. */
static inline double
prng_bits(struct prng *r)
{
    uint64_t bits = prng_next(r);
    double   v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
