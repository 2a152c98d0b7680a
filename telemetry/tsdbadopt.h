/* tsdbadopt.h - samples that are packed already into a store, and out of it:
 * what a snapshot is made of. */
#ifndef TELEMETRY_TSDBADOPT_H
#define TELEMETRY_TSDBADOPT_H

#include "telemetry/block.h"
#include "telemetry/tsdb.h"

/* Writer: the rows of b for these series, one for each column, as if each cell
 * had been appended; committed with the next tsdb_commit().  b is taken over, but
 * not on failure:
 * STATUS_CONFLICT  the series are not one histogram (or one ordinary series) in
 *                  this order, or hold what is not older: append the cells
 * STATUS_RANGE     all of it is older than the retention
 * STATUS_LIMIT     max_bytes would be passed */
enum status tsdbadopt_block(struct tsdb *t, const uint64_t *refs, uint32_t n,
                            struct block *b) MUST_CHECK;

/* What a reader sees of the series that a selected one is a column of. */
struct tsdbadopt_parts {
    uint64_t id; /* of the series: of a histogram's columns all the same */
    uint32_t column, n_columns;
    uint32_t n_blocks;
    /* --- */
    const struct tsdbseries_state *state;
    uint64_t                       seq;
};

/* r is a reader of tsdb_source().  Handles of one series' columns follow each
 * other when selected series are sorted by handle. */
struct tsdbadopt_parts tsdbadopt_look(struct source_reader *r, const struct source_series *s);

/* Borrowed until close. */
const struct block *tsdbadopt_sealed(const struct tsdbadopt_parts *p, uint32_t i);

/* What is not packed yet, in a block of the caller's; NULL: all is. */
struct block *tsdbadopt_hot(const struct tsdbadopt_parts *p);

#endif
