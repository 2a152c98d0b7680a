/* packed.h - a source that hands out its columns unpacked into scratch, as one
 * that stores them compressed does: each read ends the life of the one before
 * it in the same scratch. */
#ifndef TESTS_SUPPORT_PACKED_H
#define TESTS_SUPPORT_PACKED_H

#include "promql/source.h"

/* inner is borrowed and outlives what is opened. */
struct source packed_source(const struct source *inner);

#endif
