/* blockint.h - whole numbers of one column, packed as differences in time.
 *
 * Each difference is its excess over the smallest, in as many bits as the
 * largest needs (frame of reference); a few that are far from the rest (a
 * counter that was reset, scrapes that were missed) are put right by patches. */
#ifndef TELEMETRY_BLOCKINT_H
#define TELEMETRY_BLOCKINT_H

#include "base/base.h"

enum { BLOCKINT_MAX_PATCHES = 3 };

struct blockint {
    uint64_t base, frame; /* of two's complement: sums may wrap */
    uint8_t  width, n_patches;
    uint8_t  patch_row[BLOCKINT_MAX_PATCHES];
    uint64_t patch[BLOCKINT_MAX_PATCHES];
    uint32_t bytes; /* as blockint_write() fills */
};

/* How v is packed best; rows >= 1. */
void blockint_plan(const uint64_t *v, uint32_t rows, struct blockint *plan);

/* Into zeroed bytes. */
uint8_t *blockint_write(const struct blockint *plan, const uint64_t *v, uint32_t rows, uint8_t *to);

/* What stands at p adds its first value to sum[0], and to each other sum[i] of n
 * the difference that row i makes. */
void blockint_add(const uint8_t *p, uint32_t n, uint64_t *sum);

/* Values from..to-1 at once, of a column that stands alone; false: there are
 * patches, or differences too wide for this. */
bool blockint_read(const uint8_t *p, uint32_t from, uint32_t to, double *value);

/* All differences are this one. */
bool blockint_is_even(const uint8_t *p, uint64_t *base, uint64_t *difference);

uint32_t blockint_bytes(const uint8_t *p, uint32_t rows);

/* Where it ends; NULL: it does not hold together within end. */
const uint8_t *blockint_check(const uint8_t *p, const uint8_t *end, uint32_t rows);

#endif
