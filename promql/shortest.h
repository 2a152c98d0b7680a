/* shortest.h - the shortest decimal that reads back as the same double; of several
 * of that length the nearest one.
 *
 * Schubfach: Raffaello Giulietti, "The Schubfach way to render doubles", 2021. */
#ifndef PROMQL_SHORTEST_H
#define PROMQL_SHORTEST_H

#include "base/base.h"

/* digits * 10^exponent; digits has at most 17 and does not end in 0. */
struct shortest {
    uint64_t digits;
    int      exponent;
};

/* v is finite and above 0. */
struct shortest shortest_of(double v);

#endif
