/* blockxor.h - values of one column that are no whole numbers: each XORed with
 * the one before it.
 *
 * Two ways: all in the same bits of the word (BLOCKXOR_EVEN, quick to read), or
 * each in its own, as in Pelkonen et al., "Gorilla: a fast, scalable, in-memory
 * time series database", VLDB 2015, section 4.1.2 (BLOCKXOR_VARYING). */
#ifndef TELEMETRY_BLOCKXOR_H
#define TELEMETRY_BLOCKXOR_H

#include "base/base.h"

struct blockxor {
    bool     varying;
    uint8_t  width, shift; /* of the even way */
    uint32_t bytes;
};

void     blockxor_plan(const uint64_t *v, uint32_t rows, struct blockxor *plan);
uint8_t *blockxor_write(const struct blockxor *plan, const uint64_t *v, uint32_t rows,
                        uint8_t *to); /* into zeroed bytes */

/* The first n of what stands at p. */
void blockxor_read(const uint8_t *p, bool varying, uint32_t n, uint64_t *v);

/* Where it ends; NULL: it does not hold together within end. */
const uint8_t *blockxor_check(const uint8_t *p, const uint8_t *end, bool varying, uint32_t rows);

#endif
