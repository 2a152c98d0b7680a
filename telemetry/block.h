/* block.h - a sealed run of samples: rows of values with one time each, packed.
 *
 * A block has w columns: 1 of an ordinary series, one per le of a histogram,
 * whose cumulative counts are packed as differences between buckets and rows.
 * Whole numbers are bit-packed against a frame of reference, all else is
 * XOR-coded (Pelkonen et al., Gorilla, VLDB 2015); every bit of every value
 * comes back, NaNs and -0 too.  Immutable once made: any thread reads. */
#ifndef TELEMETRY_BLOCK_H
#define TELEMETRY_BLOCK_H

#include "base/base.h"

enum { BLOCK_MAX_ROWS = 128, BLOCK_MAX_COLUMNS = 4096 };

struct block; /* one allocation; free() ends it */

/* t_ms rising; value[row * w + column].  A row that a column lacks is marked in
 * absent (bit row * w + column, NULL: none is).  Never fails: heap_new. */
struct block *block_seal(const int64_t *t_ms, const double *value, const uint64_t *absent,
                         uint32_t rows, uint32_t w);

size_t   block_bytes(const struct block *b);
uint32_t block_rows(const struct block *b);
uint32_t block_columns(const struct block *b);
uint32_t block_samples(const struct block *b); /* cells that are not absent */
int64_t  block_first_ms(const struct block *b);
int64_t  block_last_ms(const struct block *b);

/* The samples of one column with min_ms <= t <= max_ms that are not absent;
 * room for block_rows() in both.  Number of samples. */
uint32_t block_read(const struct block *b, uint32_t column, int64_t min_ms, int64_t max_ms,
                    int64_t *t_ms, double *value);

/* The same of columns that are read one after the other, which share their times and
 * what they are stored over.  Start it as {0}; not beyond the block's life. */
struct block_memo {
    const struct block *block; /* NULL: nothing is known */
    int64_t             min_ms, max_ms;
    uint32_t            from, to; /* its rows within these */
    const uint8_t      *offsets;
    int64_t             t_ms[BLOCK_MAX_ROWS];
    uint64_t            sum[2][BLOCK_MAX_ROWS]; /* of the last two columns of whole numbers */
    uint32_t            column[2];              /* 1 + which; 0: none */
};
uint32_t block_read_next(struct block_memo *m, const struct block *b, uint32_t column,
                         int64_t min_ms, int64_t max_ms, int64_t *t_ms, double *value);

/* All columns of the rows from first on, absent ones as NaN bits of the caller's
 * choice: for readers of a whole histogram. */
uint32_t block_read_rows(const struct block *b, int64_t min_ms, int64_t max_ms, double absent,
                         int64_t *t_ms, double *value);

/* Of a snapshot file: the bytes as they are; from bytes only after checking that
 * every length holds.  NULL: not a block. */
struct block *block_from_bytes(const void *bytes, size_t n);

#endif
