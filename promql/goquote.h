/* goquote.h - text in double quotes as Go's strconv.Quote writes it.
 *
 * Prometheus's error texts, label sets and canonical expressions all use it. */
#ifndef PROMQL_GOQUOTE_H
#define PROMQL_GOQUOTE_H

#include "base/text.h"

/* Code points of no printable class (Unicode's C and Z but for the blank) are
 * escaped, from a table of the assigned ones; bytes that are not UTF-8 become
 * \xHH, so that Go reads back the same bytes. */
void goquote_write(struct text *to, struct slice s);

/* One code point from the front of a non-empty slice and how many bytes it
 * took; a byte that is not UTF-8 gives 0xFFFD and 1, as in Go. */
uint32_t goquote_rune(struct slice s, size_t *n_bytes);

#endif
