/* place.h - where in the text of a query something stands. */
#ifndef PROMQL_PLACE_H
#define PROMQL_PLACE_H

#include <stdint.h>

/* Byte offsets into the query's text, [start, end). */
struct place {
    uint32_t start, end;
};

#endif
