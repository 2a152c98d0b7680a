/* nearest.h - "did you mean": the known word that a mistyped one is closest to.
 *
 *     struct nearest n = nearest_to(typed);
 *     nearest_offer(&n, slice_of("timeout"));   once per known word
 *     if (n.best.n) ...                         else nothing is close
 *
 * Distance: Damerau-Levenshtein in its optimal string alignment form, with
 * letter case and '-' for '_' free; close is at most a third of the longer word. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/slice.h"

struct nearest {
    struct slice word, best; /* borrowed */
    size_t       distance;   /* of best */
};

struct nearest nearest_to(struct slice word);

/* The first of several equally close words stays. */
void nearest_offer(struct nearest *n, struct slice known);

#endif
