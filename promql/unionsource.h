/* unionsource.h - several sources as one: what the HTTP API reads.
 *
 * Labels of the first source go through as they are; those of the others are
 * translated into its symbols, texts that it lacks into a table of the union's
 * own.  Where two sources have a series of equal labels, the first one's is
 * shown whole and the other's not at all. */
#ifndef PROMQL_UNIONSOURCE_H
#define PROMQL_UNIONSOURCE_H

#include "promql/source.h"

struct unionsource;

/* The array is copied; what its sources borrow outlives the union.  n may be 0:
 * no series. */
struct unionsource *unionsource_new(const struct source *sources, size_t n);
void                unionsource_free(struct unionsource *u); /* no reader may be open */

/* Any thread.  open() fails as the first source that does not open; its select()
 * as that of any source. */
struct source unionsource_source(struct unionsource *u);

#endif
