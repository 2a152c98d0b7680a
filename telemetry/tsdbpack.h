/* tsdbpack.h - hot rows into blocks, and small blocks into a larger one. */
#ifndef TELEMETRY_TSDBPACK_H
#define TELEMETRY_TSDBPACK_H

#include "telemetry/tsdbseries.h"

enum { TSDBPACK_MERGE = 4 };

_Static_assert((int)TSDBPACK_MERGE *(int)TSDBTIMES_KEEP <= (int)BLOCK_MAX_ROWS,
               "four halves of the hot rows fit into one block");

/* These rows (bits, at least one); *samples: how many cells they have. */
struct block *tsdbpack_seal(struct tsdbseries_writer *w, const struct tsdbhot *h, uint64_t rows,
                            uint32_t *samples);

/* TSDBPACK_MERGE blocks of TSDBTIMES_KEEP rows each at most. */
struct block *tsdbpack_merge(struct tsdbseries_writer *w, const struct tsdbseries_sealed *from);

#endif
