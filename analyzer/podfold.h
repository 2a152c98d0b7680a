/* podfold.h - which pods get rows of their own in an interval. */
#ifndef ANALYZER_PODFOLD_H
#define ANALYZER_PODFOLD_H

#include "analyzer/shelf.h"

/* What naming_version has no row of its own or another's in the interval. */
enum { PODFOLD_NO_VERSION = UINT8_MAX };

/* Pods of *out from what the shelf's books have settled and staged; index is
 * the row of each version in the interval, by its id.
 *
 * The busiest are listed, half of the rows at most for the canary while the
 * baseline has more than the other half.  Busy is meant by powers of two of
 * their usual requests, and then by name, so that the same pods stay listed
 * from interval to interval; what went wrong in a pod has no influence. */
void podfold_fill(const struct shelf *shelf, const uint8_t index[], struct interval *out);

#endif
