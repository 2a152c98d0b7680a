/* blockcolumn.h - one column of a block: which coding it takes, its bytes, and
 * its values again.
 *
 * Whole numbers, and decimals that are whole times a power of ten, go to
 * blockint.h; a column of whole numbers may be stored as what it is over an
 * earlier one (the bucket below it), so that a histogram's rows become small.
 * The rest goes to blockxor.h.  Rows that are absent and rows whose value is
 * none of these (NaN, infinities, -0) are listed beside the coding. */
#ifndef TELEMETRY_BLOCKCOLUMN_H
#define TELEMETRY_BLOCKCOLUMN_H

#include "base/base.h"

enum {
    BLOCKCOLUMN_MAX_DEPTH = 4,   /* columns to read for one */
    BLOCKCOLUMN_MAX_BYTES = 1200 /* of 128 rows, whatever they hold */
};

/* What later columns of the same block must know of one; rows numbers. */
struct blockcolumn_kept {
    uint64_t *number;
    bool      whole; /* number is set */
    bool      even;  /* rises over its origin by the same in each row */
    uint8_t   depth;
    uint32_t  origin; /* the column it is stored over; itself: none */
};

/* Column k: v[i] are bits of doubles, present[i] is false where the row is
 * absent (v[i] is overwritten there).  Into zeroed bytes; returns their end. */
uint8_t *blockcolumn_write(uint64_t *v, const bool *present, uint32_t rows, uint32_t k,
                           struct blockcolumn_kept *kept, uint8_t *to);

/* A column as it stands in memory. */
struct blockcolumn {
    uint8_t        head;
    uint32_t       below; /* stored over the column that stands so many before it; 0: none */
    const uint8_t *absent, *special, *body;
    uint32_t       n_special;
};

struct blockcolumn blockcolumn_at(const uint8_t *p, uint32_t rows);

bool blockcolumn_is_whole(const struct blockcolumn *c);

/* Rows from..to-1 of a column; sum holds, of whole numbers, what its columns
 * added up to below `to` (blockint_add), and stays; of others it is written to.
 * Absent rows hold anything. */
void blockcolumn_read(const struct blockcolumn *c, uint64_t *sum, uint32_t from, uint32_t to,
                      double *value);

/* The same where it takes no sum; false: it does. */
bool blockcolumn_read_plain(const struct blockcolumn *c, uint32_t from, uint32_t to, double *value);

/* Row is there. */
static inline bool
blockcolumn_has(const struct blockcolumn *c, uint32_t row)
{
    return !c->absent || !(c->absent[row / 8] >> (row & 7) & 1);
}

/* Column k, within end; fills c.  false: it does not hold together. */
bool blockcolumn_check(const uint8_t *p, const uint8_t *end, uint32_t rows, uint32_t k,
                       struct blockcolumn *c);

#endif
