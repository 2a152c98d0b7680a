/* stringscan.h - where a string in quotes ends, and whether it is one. */
#ifndef PROMQL_STRINGSCAN_H
#define PROMQL_STRINGSCAN_H

#include "base/text.h"

/* s begins with the quote: ", ' or `.  *n is how many bytes the string takes,
 * both quotes included.  false: why gets Prometheus's message, *n is not set.
 * What passes is read by literal_string(). */
bool stringscan_run(struct slice s, size_t *n, struct text *why);

#endif
